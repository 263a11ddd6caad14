package dev.ostler.kv;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a store. An immutable value; each method returns a changed copy.
 *
 * <p>Begin with {@link #inMemory} or {@link #durable}. By default only the store's own JVM can use
 * it; {@linkplain #with endpoints} offer it to others.
 */
public final class KvConfig {
  private Limits limits = Limits.DEFAULT;
  private List<Endpoint> endpoints = List.of();
  private Duration drainTime = Duration.ofSeconds(2);
  private @Nullable Path directory; // null: in memory
  private BucketStore.@Nullable Engine engine; // null: the one on the module path
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

  /** A store in memory: its contents end with it. */
  public static KvConfig inMemory() {
    return new KvConfig();
  }

  /**
   * A durable store in a directory, which is created if it does not exist. A bucket is loaded when
   * it is first used. Buckets that were not used lately leave memory when they take too much of it.
   *
   * <p>Needs an engine on the module path or class path: {@code ostler-kv-rocksdb}.
   */
  public static KvConfig durable(Path directory) {
    var config = new KvConfig();
    config.directory = Objects.requireNonNull(directory, "directory");
    return config;
  }

  /** As {@link #durable(Path)}, with another engine. */
  public static KvConfig durable(Path directory, BucketStore.Engine engine) {
    KvConfig config = durable(directory);
    config.engine = Objects.requireNonNull(engine, "engine");
    return config;
  }

  /** Sets when changes are synced to the disk; by default {@link Sync#EVERYSEC}. */
  public KvConfig sync(Sync when) {
    var copy = copy();
    copy.sync = Objects.requireNonNull(when, "when");
    return copy;
  }

  /**
   * Whether a damaged store is opened without the parts that cannot be read. These are logged. By
   * default a damaged store is not opened.
   */
  public KvConfig repair(boolean allowed) {
    var copy = copy();
    copy.repair = allowed;
    return copy;
  }

  /**
   * Sets about how many bytes of heap the buckets of a durable store may take; by default two
   * fifths of the maximum heap. When they take more, buckets that were not used lately leave
   * memory.
   *
   * @param most at least 0
   */
  public KvConfig residentBytes(long most) {
    if (most < 0) {
      throw new IllegalArgumentException(
          "the memory for buckets must not be negative, but is " + most);
    }
    var copy = copy();
    copy.residentBytes = most;
    return copy;
  }

  /**
   * Adds an endpoint. Endpoints take their ports, and start, in the order in which they are added.
   *
   * @throws IllegalArgumentException if there is one of the same name
   */
  public KvConfig with(Endpoint endpoint) {
    for (Endpoint before : endpoints) {
      if (before.name().equals(endpoint.name())) {
        throw new IllegalArgumentException(
            "the store already has an endpoint named " + endpoint.name());
      }
    }
    var all = new ArrayList<Endpoint>(endpoints);
    all.add(endpoint);
    var copy = copy();
    copy.endpoints = List.copyOf(all);
    return copy;
  }

  /** The endpoints, in the order in which they were added. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /**
   * Sets the most buckets that the store may have; by default 1,000,000.
   *
   * @param most at least 1
   */
  public KvConfig maxBuckets(int most) {
    within("the number of buckets", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(most, limits.keys(), limits.keyBytes(), limits.valueBytes()));
  }

  /**
   * Sets the most keys that a bucket may have; by default 1,000,000.
   *
   * @param most at least 1
   */
  public KvConfig maxKeys(int most) {
    within("the number of keys", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(limits.buckets(), most, limits.keyBytes(), limits.valueBytes()));
  }

  /**
   * Sets the most bytes in UTF-8 that a name or key may have; by default 64 KiB.
   *
   * @param most at least 1
   */
  public KvConfig maxKeyBytes(int most) {
    within("the length of keys", most, 1, Integer.MAX_VALUE);
    return limits(new Limits(limits.buckets(), limits.keys(), most, limits.valueBytes()));
  }

  /**
   * Sets the most bytes in UTF-8 that a value may have; by default 1 MiB.
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
   * Sets how long {@link Kv#close} waits for clients to take their last replies; by default two
   * seconds.
   *
   * @param time not negative
   */
  public KvConfig drainTime(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("the time to drain must not be negative, but is " + time);
    }
    var copy = copy();
    copy.drainTime = time;
    return copy;
  }

  private static int within(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " must be " + least + " to " + most + ", but is " + value);
    }
    return value;
  }

  /** The directory of a durable store; empty for a store in memory. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** The engine; null for the one on the module path. */
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

  /** The limits of the store. */
  public Limits limits() {
    return limits;
  }

  /** How long {@link Kv#close} waits for clients to take their last replies. */
  public Duration drainTime() {
    return drainTime;
  }
}
