package dev.ostler.kv.server.resp;

import java.util.Set;

/**
 * What CLIENT LIST shows of a client. Written by the client's process; any thread may read, and
 * sees what was about now.
 */
public final class ClientInfo {
  private final long id;
  private final String address;
  private final String localAddress;
  private final long since = System.currentTimeMillis();
  private volatile String name = "";
  private volatile String user = "default";
  private String lastCommand = "NULL"; // read about now
  private long lastActive = since; // read about now
  private volatile int protocol = 2;
  private volatile String libraryName = "";
  private volatile String libraryVersion = "";
  private volatile boolean unevicted;
  private volatile boolean untouching;
  private volatile int channels;
  private volatile int patterns;
  private volatile Set<String> watched = Set.of(); // names of buckets
  private int queued = -1; // read about now
  private int queuedBytes; // read about now
  private int watching; // read about now
  private int unread; // read about now
  private int unwritten; // read about now

  ClientInfo(long id, String address, String localAddress) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
  }

  public long id() {
    return id;
  }

  public String address() {
    return address;
  }

  String localAddress() {
    return localAddress;
  }

  /** When it came, in milliseconds since 1970. */
  long since() {
    return since;
  }

  public String name() {
    return name;
  }

  public void name(String newName) {
    name = newName;
  }

  public String user() {
    return user;
  }

  public void user(String newUser) {
    user = newUser;
  }

  public int protocol() {
    return protocol;
  }

  public void protocol(int version) {
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

  /** What it calls its library, and that library's version; empty unless it said so. */
  public String libraryName() {
    return libraryName;
  }

  public void libraryName(String newName) {
    libraryName = newName;
  }

  public String libraryVersion() {
    return libraryVersion;
  }

  public void libraryVersion(String newVersion) {
    libraryVersion = newVersion;
  }

  /** Whether it asked not to be evicted; nobody is. */
  boolean isUnevicted() {
    return unevicted;
  }

  public void unevicted(boolean asked) {
    unevicted = asked;
  }

  /** Whether it asked that its use of keys is not noted; none is. */
  boolean isUntouching() {
    return untouching;
  }

  public void untouching(boolean asked) {
    untouching = asked;
  }

  int channels() {
    return channels;
  }

  int patterns() {
    return patterns;
  }

  /** The buckets it listens to. */
  Set<String> watched() {
    return watched;
  }

  /** How many channels and patterns it listens to, and which buckets. */
  void listensTo(int newChannels, int newPatterns, Set<String> newWatched) {
    channels = newChannels;
    patterns = newPatterns;
    watched = newWatched;
  }

  boolean isSubscriber() {
    return channels + patterns > 0 || !watched.isEmpty();
  }

  /** How many commands it has queued since MULTI; -1 outside of it. */
  int queued() {
    return queued;
  }

  void queued(int commands) {
    queued = commands;
  }

  /** How many buckets it has asked to watch, for its next EXEC. */
  int watching() {
    return watching;
  }

  void watching(int buckets) {
    watching = buckets;
  }

  /** Of how many bytes the words are of what it has queued. */
  int queuedBytes() {
    return queued < 0 ? 0 : queuedBytes;
  }

  void queuedBytes(int bytes) {
    queuedBytes = bytes;
  }

  /** How many bytes of it wait to be parsed, or did when the command began that is being done. */
  int unread() {
    return unread;
  }

  void unread(int bytes) {
    unread = bytes;
  }

  /** How many bytes of replies wait until it reads. */
  int unwritten() {
    return unwritten;
  }

  /** It is done with what it can do now, and so much waits to be parsed, or written. */
  void waits(int newUnread, int newUnwritten) {
    unread = newUnread;
    unwritten = newUnwritten;
  }

  /** How many bytes the words take that it has said of itself. */
  long words() {
    return (long) name.length() + libraryName.length() + libraryVersion.length();
  }

  /** How many bytes it takes in all, besides what is pushed to it. */
  long bytes() {
    return (long) unread + unwritten + queuedBytes();
  }
}
