package dev.ostler.kv;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a store is to be run. An immutable value; each method gives a changed copy.
 *
 * <p>Begin with {@link #inMemory} or {@link #durable}. Unless told otherwise a store is used from
 * its own JVM only: {@linkplain #with endpoints} offer it to others.
 */
public final class KvConfig {
  private Limits limits = Limits.DEFAULT;
  private List<Endpoint> endpoints = List.of();
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
    copy.endpoints = endpoints;
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
   * With this endpoint besides those there are. Endpoints take their ports, and start, in the order
   * in which they are added.
   *
   * @throws IllegalArgumentException if there is one of the same name
   */
  public KvConfig with(Endpoint endpoint) {
    for (Endpoint before : endpoints) {
      if (before.name().equals(endpoint.name())) {
        throw new IllegalArgumentException(
            "a store has one endpoint of each name, and there is one named " + endpoint.name());
      }
    }
    var all = new ArrayList<Endpoint>(endpoints);
    all.add(endpoint);
    var copy = copy();
    copy.endpoints = List.copyOf(all);
    return copy;
  }

  /** What the store is offered by, in order. */
  public List<Endpoint> endpoints() {
    return endpoints;
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

  /** Where buckets are kept; empty if they are in memory only. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** What keeps the buckets; null for the one that is found. */
  BucketStore.@Nullable Engine engine() {
    return engine;
  }

  boolean isRepaired() {
    return repair;
  }

  Sync sync() {
    return sync;
  }

  long residentBytes() {
    return residentBytes;
  }

  public Limits limits() {
    return limits;
  }

  /** How long {@link Kv#close} waits for connections to take their last replies. */
  public Duration drainTime() {
    return drainTime;
  }
}
