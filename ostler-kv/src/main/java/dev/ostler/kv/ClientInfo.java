package dev.ostler.kv;

/**
 * What CLIENT LIST shows of a client. Written by the client's process; any thread may read, and
 * sees what was about now.
 */
final class ClientInfo {
  private final long id;
  private final String address;
  private final String localAddress;
  private final long since = System.currentTimeMillis();
  private volatile String name = "";
  private volatile String user = "default";
  private String lastCommand = "NULL"; // read about now
  private long lastActive = since; // read about now
  private volatile int protocol = 2;

  ClientInfo(long id, String address, String localAddress) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
  }

  long id() {
    return id;
  }

  String address() {
    return address;
  }

  String localAddress() {
    return localAddress;
  }

  /** When it came, in milliseconds since 1970. */
  long since() {
    return since;
  }

  String name() {
    return name;
  }

  void name(String newName) {
    name = newName;
  }

  String user() {
    return user;
  }

  void user(String newUser) {
    user = newUser;
  }

  int protocol() {
    return protocol;
  }

  void protocol(int version) {
    protocol = version;
  }

  String lastCommand() {
    return lastCommand;
  }

  /** When it last said something, in milliseconds since 1970. */
  long lastActive() {
    return lastActive;
  }

  void active(long now) {
    lastActive = now;
  }

  void admitted(String command) {
    lastCommand = command;
  }
}
