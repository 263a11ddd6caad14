package dev.ostler.kv.clients;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.Certificates.Owner;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** A server for clients to talk to, and what they have to know of it. Any thread may use it. */
record Target(Kv kv, Optional<Path> authority, Optional<String> password) implements AutoCloseable {
  private static final String PASSWORD = "a password";

  /** A store that was just opened. */
  static Target open(Path folder, boolean tls, boolean auth) throws Exception {
    Resp resp = tls ? Resp.on(0).tls(Certificates.write(folder, Owner.SERVER)) : Resp.on(0);
    var authority =
        tls
            ? Optional.of(Certificates.writeCertificate(folder, Owner.AUTHORITY))
            : Optional.<Path>empty();
    var target =
        new Target(
            Kv.open(KvConfig.inMemory().with(resp)),
            authority,
            auth ? Optional.of(PASSWORD) : Optional.<String>empty());
    if (auth) {
      target.protect();
    }
    return target;
  }

  int port() {
    return kv.port("resp");
  }

  /** Sets the password as an administrator would. */
  private void protect() throws Exception {
    try (Socket socket = connect()) {
      String command = "CONFIG SET requirepass \"" + PASSWORD + "\"\r\n";
      socket.getOutputStream().write(command.getBytes(StandardCharsets.ISO_8859_1));
      String reply = new String(socket.getInputStream().readNBytes(5), StandardCharsets.ISO_8859_1);
      if (!reply.equals("+OK\r\n")) {
        throw new IOException("the server does not take a password: " + reply);
      }
    }
  }

  private Socket connect() throws Exception {
    var address = InetAddress.getLoopbackAddress();
    return authority.isPresent()
        ? Certificates.client().getSocketFactory().createSocket(address, port())
        : new Socket(address, port());
  }

  @Override
  public void close() {
    kv.close();
  }
}
