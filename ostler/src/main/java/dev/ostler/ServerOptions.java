package dev.ostler;

/**
 * What a running server goes by, also after its end. It does not hold the factory, so that nothing
 * the server was started with lives as long as its pid.
 *
 * <p>Immutable, but for the class's name. Shared by all servers of one {@link ServerChild}.
 */
final class ServerOptions {
  static final ServerOptions NONE =
      new ServerOptions("", Shutdown.DEFAULT, false, 0, Overflow.FAIL);

  private final String label;
  private final Shutdown shutdown;
  private final boolean direct;
  private final int capacity;
  private final Overflow overflow;
  private volatile String className = "server"; // known once there has been one

  private ServerOptions(
      String label, Shutdown shutdown, boolean direct, int capacity, Overflow overflow) {
    this.label = label;
    this.shutdown = shutdown;
    this.direct = direct;
    this.capacity = capacity;
    this.overflow = overflow;
  }

  ServerOptions copy() {
    return new ServerOptions(label, shutdown, direct, capacity, overflow);
  }

  ServerOptions labelled(String newLabel) {
    return new ServerOptions(newLabel, shutdown, direct, capacity, overflow);
  }

  ServerOptions stoppedBy(Shutdown newShutdown) {
    return new ServerOptions(label, newShutdown, direct, capacity, overflow);
  }

  ServerOptions directly() {
    return new ServerOptions(label, shutdown, true, capacity, overflow);
  }

  ServerOptions mailbox(int newCapacity, Overflow newOverflow) {
    return new ServerOptions(label, shutdown, direct, newCapacity, newOverflow);
  }

  void className(String known) {
    if (!className.equals(known)) {
      className = known;
    }
  }

  String label() {
    return label.isEmpty() ? className : label;
  }

  /** How its supervisor stops it, unless the supervisor's spec says otherwise. */
  Shutdown shutdown() {
    return shutdown;
  }

  boolean isDirect() {
    return direct;
  }

  /** How many casts and plain messages may wait; 0 for any number. */
  int capacity() {
    return capacity;
  }

  Overflow overflow() {
    return overflow;
  }
}
