package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Pid;
import dev.ostler.Supervisor;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Journal;
import java.util.Optional;
import java.util.function.Supplier;

/** What tests do with a store that users cannot. */
public final class TestKv {
  private TestKv() {}

  /** A store with buckets of the test's own. */
  public static Kv open(KvConfig config, Supplier<BucketServer> factory) {
    return Kv.open(config, factory);
  }

  /** A store with a clock, or listeners, of the test's own. */
  public static Kv open(KvConfig config, Environment environment) {
    return Kv.open(config, environment);
  }

  public static Endpoint.Bound endpoint(Kv kv, String name) {
    return kv.endpoint(name);
  }

  /** The way to the bucket of this name; a new one, which stays without keys, if there is none. */
  public static BucketRef created(Kv kv, String name) {
    return Store.of(kv).create(name, Store.of(kv).gate());
  }

  /** Makes a bucket of one value, as Redis's SET does. */
  static void makeText(Kv kv, String name, String value) {
    var _ =
        Inside.of(
            Store.of(kv).getOrStart(Bytes.of(name)),
            entries -> {
              entries.apply(new Change.Text(value));
              return entries.seq();
            });
  }

  /** What starts the parts again. */
  public static Supervisor supervisor(Kv kv) {
    return Supervisor.at(Store.of(kv).top());
  }

  /** What starts the buckets. */
  public static DynamicSupervisor starter(Kv kv) {
    return DynamicSupervisor.at(Store.of(kv).buckets());
  }

  /** The process that starts the buckets, if there is one at the moment. */
  public static Optional<Pid> starterPid(Kv kv) {
    return Store.of(kv).buckets().whereis();
  }

  /** Whether there is a process of the registry at the moment. */
  public static boolean hasRegistry(Kv kv) {
    return Store.of(kv).registry().whereis().isPresent();
  }

  /** The process of the registry, if there is one, once a restart that is due has been done. */
  public static Optional<Pid> registry(Kv kv) {
    try {
      var _ = supervisor(kv).count();
    } catch (CallException e) {
      // The store has ended.
    }
    return Store.of(kv).registry().whereis();
  }

  /** The journal of a durable store. */
  public static Journal journal(Kv kv) {
    return Store.of(kv).catalog().archive().orElseThrow().journal();
  }
}
