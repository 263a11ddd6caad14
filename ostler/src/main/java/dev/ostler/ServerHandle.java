package dev.ostler;

import java.time.Duration;

/** A reference to one server, dead or alive. */
final class ServerHandle<P> extends ServerRef<P> {
  private final Proc server;

  ServerHandle(Proc server) {
    this.server = server;
  }

  @Override
  Proc resolve() {
    return server;
  }

  @Override
  public Timer sendAfter(Object message, Duration delay) {
    return Timer.start(server, message, delay);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ServerHandle<?> handle && handle.server == server;
  }

  @Override
  public int hashCode() {
    return server.hashCode();
  }

  @Override
  public String toString() {
    return server + " (" + server.label() + ")";
  }
}
