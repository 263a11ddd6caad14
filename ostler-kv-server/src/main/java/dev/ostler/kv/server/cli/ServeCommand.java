package dev.ostler.kv.server.cli;

import dev.ostler.Application;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport;
import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Member;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.Admin;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.TlsFiles;
import dev.ostler.kv.server.net.Descriptors;
import dev.ostler.kv.server.net.Ports;
import dev.ostler.observer.http.HttpLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code kv serve}: opens a store, and keeps it open until the JVM is told to end. Used by the main
 * thread.
 */
@Command(
    name = "serve",
    description = "Run a server, until SIGTERM or Ctrl-C.",
    sortOptions = false,
    abbreviateSynopsis = true,
    usageHelpAutoWidth = true)
final class ServeCommand extends Helped implements Callable<Integer> {
  /** The options that a file may set: all except {@code --config} and {@code --help}. */
  static final List<String> OPTIONS =
      List.of(
          "memory",
          "data",
          "sync",
          "repair",
          "resident-bytes",
          "cluster",
          "node",
          "join",
          "cluster-tls-cert",
          "cluster-tls-key",
          "cluster-tls-ca",
          "bind",
          "insecure-bind",
          "line-port",
          "resp-port",
          "admin-port",
          "admin-bind",
          "admin-host",
          "admin-token-file",
          "tls-cert",
          "tls-key",
          "tls-ca",
          "tls-auth-clients",
          "password-file",
          "acl-file",
          "max-memory",
          "max-bulk-bytes",
          "idle-time",
          "max-buckets",
          "max-keys",
          "max-key-bytes",
          "max-value-bytes",
          "max-connections",
          "max-backlog-bytes");

  private static final String OFF = "off";

  /** The default of {@code --max-connections}. */
  private static final int MAX_CONNECTIONS = 10_000;

  @Mixin private StorageOptions storage = new StorageOptions();

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--bind",
      paramLabel = "ADDR",
      description =
          "The address to listen on (default: 127.0.0.1; with --cluster, the node's host).")
  private @Nullable String bind;

  @Option(
      names = "--insecure-bind",
      fallbackValue = "true",
      description =
          "Allow the line protocol and the admin endpoint, which have no passwords, on an address "
              + "that other machines can reach.")
  private boolean insecureBind;

  @Option(
      names = "--line-port",
      paramLabel = "N|off",
      description =
          "The port for the line protocol; 0 takes a free one (default: 4040; with --cluster, "
              + "off).")
  private @Nullable String linePort;

  @Option(
      names = "--resp-port",
      paramLabel = "N|off",
      description =
          "The port for RESP, the protocol of Redis clients; 0 takes a free one (default: 6380; "
              + "with --cluster, the node's).")
  private @Nullable String respPort;

  @Option(
      names = "--admin-port",
      paramLabel = "N|off",
      defaultValue = OFF,
      description = "The port for metrics and health over HTTP; 0 takes a free one (default: off).")
  private String adminPort = "";

  @Option(
      names = "--admin-bind",
      paramLabel = "ADDR",
      defaultValue = "127.0.0.1",
      description = "The address of the admin port (default: 127.0.0.1).")
  private String adminBind = "";

  @Option(
      names = "--admin-host",
      paramLabel = "NAME",
      split = ",",
      description =
          "A name of this machine that clients of the admin port may use, besides localhost and "
              + "addresses. May be repeated.")
  private String[] adminHosts = {};

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description =
          "A file whose first line is the token for the page on the admin port: with it processes "
              + "can be suspended or killed, and the page read from other machines. Without it, "
              + "neither can.")
  private @Nullable Path adminTokenFile;

  @Mixin private TlsOptions tls = new TlsOptions();

  @Mixin private ClientOptions clients = new ClientOptions();

  @Option(
      names = "--max-buckets",
      paramLabel = "N",
      description = "The largest number of buckets (default: 1000000).")
  private @Nullable Integer maxBuckets;

  @Option(
      names = "--max-keys",
      paramLabel = "N",
      description = "The largest number of keys in a bucket (default: 1000000).")
  private @Nullable Integer maxKeys;

  @Option(
      names = "--max-key-bytes",
      paramLabel = "N",
      description = "The longest name or key in the line protocol (default: 65536).")
  private @Nullable Integer maxKeyBytes;

  @Option(
      names = "--max-value-bytes",
      paramLabel = "N",
      description = "The longest value in the line protocol (default: 1048576).")
  private @Nullable Integer maxValueBytes;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "The largest number of clients at a time (default: 10000).")
  private @Nullable Integer maxConnections;

  @Option(
      names = "--max-backlog-bytes",
      paramLabel = "N",
      description =
          "How many bytes may wait for a slow subscriber of the line protocol (default: 1048576).")
  private @Nullable Integer maxBacklogBytes;

  @SuppressWarnings("UnusedVariable") // ConfigFile reads it before this object exists
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A file of options, name = value on each line. Options of the command line win.")
  private @Nullable Path config;

  /** What the server offers; null for what it does not. */
  private record Offers(@Nullable Admin admin, @Nullable LineProtocol line, @Nullable Resp resp) {
    /** The admin endpoint comes first, so that it answers until the others have ended. */
    KvConfig in(KvConfig base) {
      KvConfig result = admin == null ? base : base.with(admin);
      result = line == null ? result : result.with(line);
      return resp == null ? result : result.with(resp);
    }

    /** What a node offers, with these instead. */
    Offers of(Cluster node, @Nullable LineProtocol newLine, Resp newResp) {
      return new Offers(admin == null ? null : admin.node(node), newLine, newResp);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    KvConfig asked;
    try {
      cluster.check();
      if (cluster.isAsked()) {
        return new NodeServer().serve();
      }
      KvConfig store = limited(storage.config());
      asked = offers("127.0.0.1", "4040", "6380").in(store);
      asked.endpoints().forEach(Endpoint::check);
    } catch (IllegalArgumentException e) {
      throw misused(String.valueOf(e.getMessage()));
    }
    serve(asked);
    return 0;
  }

  /** What the options offer, with these values for those that are not given. */
  private Offers offers(String host, String lineDefault, String respDefault) {
    InetAddress address = address("--bind", bind == null ? host : bind);
    int line = port("--line-port", linePort == null ? lineDefault : linePort);
    int resp = port("--resp-port", respPort == null ? respDefault : respPort);
    if (line < 0 && resp < 0) {
      throw misused("a server without --line-port and --resp-port would listen nowhere");
    }
    ClientRules rules = clients.rules();
    TlsFiles files = tls.files(resp >= 0);
    int admin = port("--admin-port", adminPort);
    return new Offers(
        admin < 0 ? null : adminOn(admin),
        line < 0 ? null : lineOn(line, address),
        resp < 0 ? null : respOn(resp, address, rules, files));
  }

  private Admin adminOn(int port) {
    HttpLimits.set();
    return withToken(Admin.on(port))
        .bind(address("--admin-bind", adminBind))
        .insecureBind(insecureBind)
        .hosts(adminHosts);
  }

  private LineProtocol lineOn(int port, InetAddress address) {
    var offered = LineProtocol.on(port).bind(address).insecureBind(insecureBind);
    offered = maxConnections == null ? offered : offered.maxConnections(maxConnections);
    return maxBacklogBytes == null ? offered : offered.maxBacklogBytes(maxBacklogBytes);
  }

  private Resp respOn(int port, InetAddress address, ClientRules rules, @Nullable TlsFiles files) {
    var offered = Resp.on(port).bind(address).clients(rules);
    offered = maxConnections == null ? offered : offered.maxConnections(maxConnections);
    return files == null ? offered : offered.tls(files);
  }

  private Admin withToken(Admin admin) {
    if (adminTokenFile == null) {
      return admin.actions(false);
    }
    try (Stream<String> lines = Files.lines(adminTokenFile)) {
      return admin.token(lines.findFirst().orElse("").strip());
    } catch (IOException | UncheckedIOException e) {
      throw misused("--admin-token-file: cannot read " + adminTokenFile + ": " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw misused("--admin-token-file: " + e.getMessage());
    }
  }

  private InetAddress address(String option, String value) {
    try {
      return InetAddress.getByName(value);
    } catch (UnknownHostException e) {
      throw misused(option + " expects an address of this machine, and found '" + value + "'");
    }
  }

  /** The port that an option gives; -1 for off. */
  private int port(String option, String value) {
    int port =
        value.equals(OFF) ? -1 : value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : 65_536;
    if (port > 65_535) {
      throw misused(option + " expects 0 to 65535 or off, and found '" + value + "'");
    }
    return port;
  }

  private KvConfig limited(KvConfig base) {
    KvConfig result = base;
    result = maxBuckets == null ? result : result.maxBuckets(maxBuckets);
    result = maxKeys == null ? result : result.maxKeys(maxKeys);
    result = maxKeyBytes == null ? result : result.maxKeyBytes(maxKeyBytes);
    return maxValueBytes == null ? result : result.maxValueBytes(maxValueBytes);
  }

  /** Serves until the JVM ends. Never returns. */
  private void serve(KvConfig asked) throws InterruptedException {
    var gaveUp = new AtomicBoolean();
    var application = new AtomicReference<Application>();
    Kv kv = open(asked, application);
    Store store = Store.of(kv);
    Pid top = Supervisor.at(store.top()).pid();
    Events.subscribe(
        SupervisorReport.class, report -> gaveUp.compareAndSet(false, isGivingUp(report, top)));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  tellServiceManager("STOPPING=1");
                  store.close();
                  drain(application.get(), () -> gaveUp.get() || store.isDoubted());
                },
                "drain"));
    asked.endpoints().stream()
        .sorted(Comparator.comparing(Admin.class::isInstance)) // the admin endpoint last
        .map(endpoint -> announced(endpoint, Ports.text(kv.address(endpoint.name()))))
        .forEach(out()::println);
    sayFiles(asked);
    asked.directory().ifPresent(this::sayDirectory);
    sayReady();
    new CountDownLatch(1).await();
  }

  private void sayFiles(KvConfig asked) {
    int files = Descriptors.clients(asked);
    int connections = maxConnections == null ? MAX_CONNECTIONS : maxConnections;
    if (files < connections) {
      out()
          .println(
              "at most %d clients on each port, not %d: this process may have %d files open"
                  .formatted(files, connections, Descriptors.most().orElse(0)));
    }
  }

  private void sayDirectory(Path directory) {
    out().println("data in " + directory.toAbsolutePath().normalize());
  }

  private void sayReady() {
    var begun =
        // set by ./kv, which may have built the program first
        Optional.ofNullable(Long.getLong("dev.ostler.kv.begun"))
            .map(Instant::ofEpochMilli)
            .or(() -> ProcessHandle.current().info().startInstant())
            .orElseGet(Instant::now);
    double seconds = Duration.between(begun, Instant.now()).toMillis() / 1000.0;
    out().println("ready in " + String.format(Locale.ROOT, "%.2f", seconds) + " s");
    out().flush();
    tellServiceManager("READY=1");
  }

  /** Tells systemd how far the server is, if systemd started it and asked for that. */
  private void tellServiceManager(String state) {
    String socket = System.getenv("NOTIFY_SOCKET");
    if (socket != null) {
      try {
        new NotifySocket(socket).tell(state);
      } catch (IOException e) {
        err().println("cannot send " + state + " to the service manager: " + e.getMessage());
      }
    }
  }

  private static String announced(Endpoint endpoint, String where) {
    return switch (endpoint) {
      case LineProtocol _ -> "line protocol on " + where;
      case Admin _ -> "page, metrics and health on http://" + where;
      case Resp resp -> "RESP on " + where + (resp.isEncrypted() ? ", TLS only" : "");
      default -> endpoint.name() + " on " + where;
    };
  }

  /** A file that the options name may be invalid, too: that is incorrect usage. */
  private Kv open(KvConfig asked, AtomicReference<Application> application) {
    try {
      return Kv.open(
          asked,
          tree -> application.set(Application.start("kv", Application.Type.PERMANENT, tree)));
    } catch (IllegalArgumentException e) {
      throw misused(String.valueOf(e.getMessage()));
    }
  }

  private static boolean isGivingUp(SupervisorReport report, Pid top) {
    return report.kind() == SupervisorReport.Kind.GAVE_UP && report.pid().equals(top);
  }

  /**
   * Runs on SIGTERM and Ctrl-C: stops the server, and ends the JVM with 0. If the JVM ends because
   * the store gave up, the application sets the exit code instead.
   *
   * @param ended whether the store gave up
   */
  private static void drain(Application application, BooleanSupplier ended) {
    try {
      application.stop();
    } catch (VirtualMachineError e) { // the same end as for any failure that the store survives
      System.err.println("the server could not shut down properly: " + e);
      Runtime.getRuntime().halt(1);
    }
    if (!ended.getAsBoolean() && application.await().equals(ExitReason.SHUTDOWN)) {
      Runtime.getRuntime().halt(0); // otherwise the JVM's exit code would be that of a signal
    }
  }

  // --- A node of a store on several

  /** Runs this node. The node's thread calls what it offers; the main thread all else. */
  private final class NodeServer implements Cluster.Host {
    /** How long clients have to take their last replies when the standby is closed. */
    private static final Duration STANDBY_DRAIN = Duration.ofMillis(100);

    private static final long EXPLAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Path directory = storage.nodeDirectory();
    private final List<Member> members = cluster.members();
    private final Member self =
        members.stream().filter(each -> each.name().equals(cluster.node())).findAny().orElseThrow();
    private final AtomicBoolean failed = new AtomicBoolean();
    private final AtomicReference<String> said = new AtomicReference<>("");
    private final NodeProbe probe = cluster.probe();
    private final Offers offers;
    private final Resp resp;

    NodeServer() {
      if (respPort != null) {
        throw misused(
            "--resp-port cannot be given with --cluster, which says that %s has port %d"
                .formatted(self.name(), self.port()));
      }
      offers = offers(self.host(), OFF, Integer.toString(self.port()));
      resp = Objects.requireNonNull(offers.resp);
      for (String fixed : List.of("--admin-port " + adminPort, "--line-port " + linePort)) {
        if (fixed.endsWith(" 0")) {
          throw misused(
              fixed + " cannot be given with --cluster: a node takes its ports again and again");
        }
      }
    }

    int serve() throws InterruptedException {
      KvConfig asked = offers.in(limited(KvConfig.inMemory()));
      asked.endpoints().forEach(Endpoint::check);
      Cluster.Engine engine = ClusterOptions.engine();
      Cluster node;
      try {
        cluster.claim(directory);
        node = engine.join(cluster.setup(members, directory), this);
      } catch (IOException e) {
        throw new KvException.NotReadable("node " + self.name() + " cannot start", e);
      }
      Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(node), "drain"));
      out()
          .println(
              "node %s of %s, for the others on %s"
                  .formatted(
                      self.name(),
                      String.join(", ", members.stream().map(Member::name).toList()),
                      Ports.text(
                          new InetSocketAddress(ClusterOptions.address(self), self.nodePort()))));
      asked.endpoints().stream()
          .sorted(Comparator.comparing(Admin.class::isInstance))
          .map(endpoint -> announced(endpoint, where(endpoint)))
          .forEach(out()::println);
      sayFiles(asked);
      sayDirectory(directory);
      sayReady();
      if (!node.members().contains(node.self())) {
        notice(self.name() + " waits to be added: kv cluster add");
      }
      Thread.ofVirtual().name("kv nodes that are not reached").start(() -> explain(node));
      try {
        node.ended().get(); // it is no member any more
      } catch (ExecutionException e) {
        failed.set(true);
        Throwable why = e.getCause() == null ? e : e.getCause();
        err().println("kv: node " + self.name() + " cannot go on: " + why.getMessage());
        return 1;
      }
      return 0;
    }

    /** Says why this node reaches no other, as long as it knows no leader. */
    private void explain(Cluster node) {
      var told = new HashMap<String, String>();
      while (!node.ended().isDone()) {
        LockSupport.parkNanos(EXPLAIN_NANOS);
        for (Member other : node.members()) {
          if (node.leader().isEmpty() && !other.equals(self)) {
            String trouble = probe.trouble(other).orElse("");
            if (!trouble.equals(told.put(other.name(), trouble)) && !trouble.isEmpty()) {
              notice(trouble);
            }
          }
        }
      }
    }

    private String where(Endpoint endpoint) {
      InetAddress clients = address("--bind", bind == null ? self.host() : bind);
      return switch (endpoint) {
        case LineProtocol _ -> text(clients, linePort) + ", while this node leads";
        case Admin _ -> text(address("--admin-bind", adminBind), adminPort);
        default -> Ports.text(new InetSocketAddress(clients, self.port()));
      };
    }

    private String text(InetAddress address, @Nullable String port) {
      return Ports.text(new InetSocketAddress(address, Integer.parseInt(String.valueOf(port))));
    }

    @Override
    public KvConfig leading(Cluster node, KvConfig store) {
      return offers.of(node, offers.line, resp.leading(node)).in(limited(storage.resident(store)));
    }

    /** The line protocol has no words for who leads. */
    @Override
    public KvConfig following(Cluster node, KvConfig standby) {
      return offers.of(node, null, resp.following(node)).in(standby).drainTime(STANDBY_DRAIN);
    }

    @Override
    public void leaderIs(Optional<Member> leader, long term) {
      String now =
          leader.map(known -> known.name() + " leads, in term " + term).orElse("no node leads");
      if (!now.equals(said.getAndSet(now))) {
        notice(now);
      }
    }

    @Override
    public void notice(String line) {
      out().println(line);
      out().flush();
    }

    /** Runs on SIGTERM and Ctrl-C, and when the node has failed. */
    private void leave(Cluster node) {
      tellServiceManager("STOPPING=1");
      try {
        node.close();
      } catch (IOException | RuntimeException e) {
        err().println("kv: " + self.name() + " could not be closed properly: " + e.getMessage());
        failed.set(true);
      }
      err().flush();
      Runtime.getRuntime().halt(failed.get() ? 1 : 0);
    }
  }
}
