package dev.ostler.bench;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.TlsFiles;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Bytes that one idle RESP client takes in the store, on the heap and in buffers outside of it: it
 * has said something, pipelines and a long value among it, and then falls silent. The clients live
 * in a JVM of their own. Run with the serial collector, whose figures are exact.
 */
public final class IdleClients {
  private static final String LONG =
      "*4\r\n$4\r\nHSET\r\n$1\r\nb\r\n$1\r\nk\r\n$20000\r\n" + "v".repeat(20_000) + "\r\n";
  private static final String SAID = LONG + "PING\r\n".repeat(100);
  private static final int HEARD = ":0\r\n".length() + 100 * "+PONG\r\n".length();

  private IdleClients() {}

  /**
   * {@code COUNT [CERTIFICATE KEY]}: the store; with {@code clients PORT} before it, the clients.
   */
  public static void main(String[] args) throws Exception {
    if (args[0].equals("clients")) {
      clients(Integer.parseInt(args[1]), Integer.parseInt(args[2]), args);
    } else {
      store(Integer.parseInt(args[0]), args);
    }
  }

  private static void store(int count, String[] args) throws Exception {
    Resp resp = Resp.on(0);
    boolean tls = args.length > 1;
    if (tls) {
      resp = resp.tls(TlsFiles.of(Path.of(args[1]), Path.of(args[2])));
    }
    try (Kv kv = Kv.open(KvConfig.inMemory().with(resp))) {
      Process warm = clients(kv, 100, args);
      awaitOpen(warm);
      end(warm);
      long heap = heap();
      long direct = direct();
      Process clients = clients(kv, count, args);
      awaitOpen(clients);
      String kind = tls ? "tls" : "plain";
      Figure.print("idle_client_heap_" + kind, (double) (heap() - heap) / count, "B");
      Figure.print("idle_client_direct_" + kind, (double) (direct() - direct) / count, "B");
      end(clients);
    }
    System.exit(0);
  }

  private static Process clients(Kv kv, int count, String[] args) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(IdleClients.class.getName(), "clients"));
    command.addAll(List.of(String.valueOf(kv.port("resp")), String.valueOf(count)));
    if (args.length > 1) {
      command.add(args[1]);
    }
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  private static void awaitOpen(Process clients) throws IOException {
    String line = clients.inputReader().readLine();
    if (!"open".equals(line)) {
      throw new IOException("the clients did not all get in; is ulimit -n more than their number?");
    }
  }

  private static void end(Process clients) throws Exception {
    clients.outputWriter().close();
    clients.waitFor();
  }

  private static long heap() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(300); // Whatever was busy may end; the least of all is what is held.
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static long direct() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private static void clients(int port, int count, String[] args) throws Exception {
    SocketFactory factory = args.length > 3 ? trusting(args[3]) : SocketFactory.getDefault();
    var all = new ArrayList<Socket>();
    byte[] said = SAID.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < count; i++) {
      Socket socket = factory.createSocket(InetAddress.getByName("localhost"), port);
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(said);
      int left = HEARD;
      for (InputStream in = socket.getInputStream(); left > 0; left--) {
        if (in.read() < 0) {
          throw new IOException("client " + i + " was left");
        }
      }
      all.add(socket);
    }
    System.out.println("open");
    while (System.in.read() >= 0) {
      // Until the store has measured.
    }
    System.exit(all.size() == count ? 0 : 1);
  }

  private static SocketFactory trusting(String certificate) throws Exception {
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var in = new FileInputStream(certificate)) {
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }
}
