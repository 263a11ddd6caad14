package dev.ostler.kv.server.shell;

import java.io.IOException;
import java.net.Socket;

/** How to connect to the server. Used by one thread. */
@FunctionalInterface
public interface Dial {
  /**
   * Connects, with TLS if that is wanted, and authenticates.
   *
   * @throws IOException if that fails; the message says why
   */
  Socket connect() throws IOException;
}
