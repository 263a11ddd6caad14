package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.net.Socket;

/**
 * A server that is measured. Any thread may use it.
 *
 * @param name what results call it
 */
public record Target(String name, Dialer dialer) {
  /** Connects to a server. */
  @FunctionalInterface
  public interface Dialer {
    /** A new connection, on which requests can be sent. */
    Socket dial() throws IOException;
  }
}
