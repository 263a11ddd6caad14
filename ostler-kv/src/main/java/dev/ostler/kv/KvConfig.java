package dev.ostler.kv;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * How a store is to be run. An immutable value; each method gives a changed copy.
 *
 * <p>Begin with {@link #inMemory} or {@link #durable}. Unless told otherwise a store is used from
 * its own JVM only, and listens on no port.
 */
public final class KvConfig {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** No port: what is not to be listened on. */
  private static final int OFF = -1;

  private Limits limits = Limits.DEFAULT;
  private int linePort = OFF;
  private int respPort = OFF;
  private InetAddress bind = InetAddress.getLoopbackAddress();
  private boolean insecureBind;
  private Optional<TlsFiles> tls = Optional.empty();
  private ClientRules clients = ClientRules.open();
  private int maxConnections = 10_000;
  private int maxBacklogBytes = 1024 * 1024;
  private Duration drainTime = Duration.ofSeconds(2);
  private @Nullable Path directory; // null: in memory
  private BucketStore.@Nullable Engine engine; // null: the one that is found
  private Sync sync = Sync.EVERYSEC;
  private boolean repair;
  private long residentBytes = Runtime.getRuntime().maxMemory() / 5 * 2;

  private KvConfig() {}

  private KvConfig copy() {
    var copy = new KvConfig();
    copy.limits = limits;
    copy.linePort = linePort;
    copy.respPort = respPort;
    copy.bind = bind;
    copy.insecureBind = insecureBind;
    copy.tls = tls;
    copy.clients = clients;
    copy.maxConnections = maxConnections;
    copy.maxBacklogBytes = maxBacklogBytes;
    copy.drainTime = drainTime;
    copy.directory = directory;
    copy.engine = engine;
    copy.sync = sync;
    copy.repair = repair;
    copy.residentBytes = residentBytes;
    return copy;
  }

  /** A store that keeps everything in memory: what it holds ends with it. */
  public static KvConfig inMemory() {
    return new KvConfig();
  }

  /**
   * A store that keeps everything in a directory, which is made if it is not there. Buckets are
   * read when they are first used, and those that are not used leave memory when there is too much
   * in it.
   *
   * <p>Needs an engine on the module path or class path: {@code ostler-kv-rocksdb}.
   */
  public static KvConfig durable(Path directory) {
    var config = new KvConfig();
    config.directory = Objects.requireNonNull(directory, "directory");
    return config;
  }

  /** As {@link #durable(Path)}, with an engine of one's own. */
  public static KvConfig durable(Path directory, BucketStore.Engine engine) {
    KvConfig config = durable(directory);
    config.engine = Objects.requireNonNull(engine, "engine");
    return config;
  }

  /**
   * With changes that outlive a loss of power so soon; {@link Sync#EVERYSEC} unless told otherwise.
   */
  public KvConfig sync(Sync when) {
    var copy = copy();
    copy.sync = Objects.requireNonNull(when, "when");
    return copy;
  }

  /**
   * Whether a store that is damaged is opened without what cannot be read; what that was is logged.
   * Unless told otherwise it is not opened.
   */
  public KvConfig repair(boolean allowed) {
    var copy = copy();
    copy.repair = allowed;
    return copy;
  }

  /**
   * With about so many bytes of heap for buckets, if they are durable; two fifths of the largest
   * heap unless told otherwise. When they take more, those leave memory that were not used lately.
   *
   * @param most at least 0
   */
  public KvConfig residentBytes(long most) {
    if (most < 0) {
      throw new IllegalArgumentException("the memory for buckets is not negative, unlike " + most);
    }
    var copy = copy();
    copy.residentBytes = most;
    return copy;
  }

  /**
   * With the line protocol on this port.
   *
   * @param port 0 to 65,535; 0 for any free port, see {@link Kv#port}
   */
  public KvConfig linePort(int port) {
    var copy = copy();
    copy.linePort = within("the line protocol's port", port, 0, 65_535);
    return copy;
  }

  /** Without the line protocol, as from the start. */
  public KvConfig noLinePort() {
    var copy = copy();
    copy.linePort = OFF;
    return copy;
  }

  /**
   * With RESP, the protocol of Redis and its clients, on this port.
   *
   * @param port 0 to 65,535; 0 for any free port, see {@link Kv#respPort}
   */
  public KvConfig respPort(int port) {
    var copy = copy();
    copy.respPort = within("the port of RESP", port, 0, 65_535);
    return copy;
  }

  /** Without RESP, as from the start. */
  public KvConfig noRespPort() {
    var copy = copy();
    copy.respPort = OFF;
    return copy;
  }

  /**
   * With RESP over TLS only, of version 1.3: older ones are refused, and so is who does not
   * encrypt. The line protocol stays as it is.
   */
  public KvConfig tls(TlsFiles files) {
    var copy = copy();
    copy.tls = Optional.of(files);
    return copy;
  }

  /** With what RESP clients have to know, and how much they may use. */
  public KvConfig clients(ClientRules rules) {
    var copy = copy();
    copy.clients = Objects.requireNonNull(rules, "rules");
    return copy;
  }

  /**
   * With its ports on this address; on the loopback address unless told otherwise.
   *
   * <p>The line protocol knows no passwords: {@link Kv#open} refuses to offer it on an address that
   * others may reach, unless {@link #insecureBind} allows it; and RESP, unless the {@linkplain
   * #clients rules for clients} have a password or a file of users.
   */
  public KvConfig bind(InetAddress address) {
    var copy = copy();
    copy.bind = Objects.requireNonNull(address, "address");
    return copy;
  }

  /** Whether whoever reaches the address may use the line protocol, without a password. */
  public KvConfig insecureBind(boolean allowed) {
    var copy = copy();
    copy.insecureBind = allowed;
    return copy;
  }

  /**
   * With at most so many buckets; 1,000,000 unless told otherwise.
   *
   * @param most at least 1
   */
  public KvConfig maxBuckets(int most) {
    within("the number of buckets", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(most, limits.keys(), limits.keyBytes(), limits.valueBytes()));
  }

  /**
   * With at most so many keys in each bucket; 1,000,000 unless told otherwise.
   *
   * @param most at least 1
   */
  public KvConfig maxKeys(int most) {
    within("the number of keys", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(limits.buckets(), most, limits.keyBytes(), limits.valueBytes()));
  }

  /**
   * With names and keys of at most so many bytes in UTF-8; 64 KiB unless told otherwise.
   *
   * @param most at least 1
   */
  public KvConfig maxKeyBytes(int most) {
    within("the length of keys", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(limits.buckets(), limits.keys(), most, limits.valueBytes()));
  }

  /**
   * With values of at most so many bytes in UTF-8; 1 MiB unless told otherwise.
   *
   * @param most at least 1
   */
  public KvConfig maxValueBytes(int most) {
    within("the length of values", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(limits.buckets(), limits.keys(), limits.keyBytes(), most));
  }

  private KvConfig limits(Limits changed) {
    var copy = copy();
    copy.limits = changed;
    return copy;
  }

  /**
   * With at most so many connections a port at a time; 10,000 unless told otherwise. One more is
   * answered with an error, and closed.
   *
   * @param most at least 1
   */
  public KvConfig maxConnections(int most) {
    var copy = copy();
    copy.maxConnections = within("the number of connections", most, 1, Integer.MAX_VALUE);
    return copy;
  }

  /**
   * With at most so many bytes waiting for a subscriber; 1 MiB unless told otherwise. A subscriber
   * that reads too slowly to stay below is disconnected.
   *
   * @param most at least 1
   */
  public KvConfig maxBacklogBytes(int most) {
    var copy = copy();
    copy.maxBacklogBytes = within("the backlog of a subscriber", most, 1, Integer.MAX_VALUE);
    return copy;
  }

  /**
   * How long {@link Kv#close} waits for connections to take their last replies; two seconds unless
   * told otherwise.
   *
   * @param time not negative
   */
  public KvConfig drainTime(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("the time to drain is not negative, unlike " + time);
    }
    var copy = copy();
    copy.drainTime = time;
    return copy;
  }

  private static int within(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + least + " to " + most + ", and not " + value);
    }
    return value;
  }

  /** The line protocol's port, if it is to be offered; 0 for any free port. */
  public OptionalInt linePort() {
    return linePort == OFF ? OptionalInt.empty() : OptionalInt.of(linePort);
  }

  /** The port of RESP, if it is to be offered; 0 for any free port. */
  public OptionalInt respPort() {
    return respPort == OFF ? OptionalInt.empty() : OptionalInt.of(respPort);
  }

  /** The address the ports are on. */
  public InetAddress bind() {
    return bind;
  }

  /**
   * Refuses what must not be offered.
   *
   * @throws IllegalArgumentException if a port would be open to others unasked
   */
  void check() {
    if (respPort != OFF && isExposed() && !clients.isGuarded()) {
      throw new IllegalArgumentException(
          "RESP is offered on a loopback address only, not on "
              + bind.getHostAddress()
              + ", unless there is a password or a file of users: --password-file, KV_PASSWORD or"
              + " --acl-file (KvConfig.clients)");
    }
    if (linePort != OFF && isExposed() && !insecureBind) {
      throw new IllegalArgumentException(
          "the line protocol has no passwords, so it is offered on a loopback address only, not on "
              + bind.getHostAddress()
              + ", unless that is allowed with --insecure-bind (KvConfig.insecureBind)");
    }
  }

  /** Whether others may reach the address. */
  boolean isExposed() {
    return !bind.isLoopbackAddress();
  }

  ClientRules clients() {
    return clients;
  }

  /** Where buckets are kept; empty if they are in memory only. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /**
   * Opens what keeps the buckets.
   *
   * @throws KvException.NotReadable if that is not possible
   */
  BucketStore openStore(Path at) {
    BucketStore.Engine found = engine;
    if (found == null) {
      found =
          ServiceLoader.load(BucketStore.Engine.class, KvConfig.class.getClassLoader())
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "there is no engine that keeps buckets in a directory: add the module"
                              + " ostler-kv-rocksdb, or keep them in memory"));
    }
    try {
      return found.open(at, repair, report -> LOG.log(Level.WARNING, report));
    } catch (IOException e) {
      throw new KvException.NotReadable("the store in " + at + " cannot be opened", e);
    }
  }

  Sync sync() {
    return sync;
  }

  long residentBytes() {
    return residentBytes;
  }

  Optional<TlsFiles> tls() {
    return tls;
  }

  Limits limits() {
    return limits;
  }

  int maxConnections() {
    return maxConnections;
  }

  int maxBacklogBytes() {
    return maxBacklogBytes;
  }

  Duration drainTime() {
    return drainTime;
  }
}
