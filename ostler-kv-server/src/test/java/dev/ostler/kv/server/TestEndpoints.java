package dev.ostler.kv.server;

import dev.ostler.kv.server.line.LineListener;
import dev.ostler.kv.server.tls.TlsSettings;

/** Endpoints with settings that only tests can make. */
public final class TestEndpoints {
  private TestEndpoints() {}

  /** The line protocol on a free port, with the test's own sockets. */
  public static LineProtocol line(LineListener.Binder binder) {
    return LineProtocol.on(0).binder(binder);
  }

  public static TlsSettings settings(TlsFiles files) {
    return files.settings();
  }
}
