package dev.ostler;

/**
 * The options of a server, also after its end. It has no reference to the factory, so that the
 * objects that the server was started with do not live as long as its pid.
 *
 * @param label what reports call the server; empty for the name of its class
 * @param shutdown how its supervisor stops it, unless the supervisor's spec says otherwise
 * @param isDirect whether callers run its callbacks
 * @param capacity how many casts and plain messages may wait; 0 for any number
 * @param overflow what happens to more
 */
record ServerOptions(
    String label, Shutdown shutdown, boolean isDirect, int capacity, Overflow overflow) {
  static final ServerOptions NONE =
      new ServerOptions("", Shutdown.DEFAULT, false, 0, Overflow.FAIL);

  /**
   * The options that servers of a class were started with last, so that those with equal options
   * share one object, also if each was started from a {@link ServerChild} of its own. Any thread
   * reads and writes the elements: at worst an object is shared by fewer.
   */
  private static final ClassValue<ServerOptions[]> LATEST =
      new ClassValue<>() {
        @Override
        protected ServerOptions[] computeValue(Class<?> type) {
          return new ServerOptions[] {NONE, NONE, NONE, NONE};
        }
      };

  ServerOptions labelled(String newLabel) {
    return new ServerOptions(newLabel, shutdown, isDirect, capacity, overflow);
  }

  ServerOptions stoppedBy(Shutdown newShutdown) {
    return new ServerOptions(label, newShutdown, isDirect, capacity, overflow);
  }

  ServerOptions directly() {
    return new ServerOptions(label, shutdown, true, capacity, overflow);
  }

  ServerOptions mailbox(int newCapacity, Overflow newOverflow) {
    return new ServerOptions(label, shutdown, isDirect, newCapacity, newOverflow);
  }

  /** The same for a server of a class: labelled, and shared with others of that class. */
  ServerOptions of(Class<?> server) {
    String called = label.isEmpty() ? server.getSimpleName() : label;
    ServerOptions[] latest = LATEST.get(server);
    for (ServerOptions each : latest) {
      if (each.label.equals(called)
          && each.isDirect == isDirect
          && each.capacity == capacity
          && each.overflow == overflow
          && each.shutdown.equals(shutdown)) {
        return each;
      }
    }
    ServerOptions made = label.isEmpty() ? labelled(called) : this;
    System.arraycopy(latest, 0, latest, 1, latest.length - 1);
    latest[0] = made;
    return made;
  }
}
