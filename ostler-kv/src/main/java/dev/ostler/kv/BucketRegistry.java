package dev.ostler.kv;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Creates buckets, monitors them, and forgets them when they end or are deleted.
 *
 * <p>The only writer of the table of names, which it does not own: if the registry ends, the next
 * one adopts what it finds there. It is linked to no bucket. Direct: its callbacks do not block.
 */
final class BucketRegistry
    implements GenServer<BucketRegistry.Adopted, BucketRegistry.Request<?>, BucketRegistry.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final BucketTable table;
  private final Limits limits;
  private final Function<String, Bucket> starter;

  BucketRegistry(BucketTable table, Limits limits, Function<String, Bucket> starter) {
    this.table = table;
    this.limits = limits;
    this.starter = starter;
  }

  /** What the registry is asked, and gives an {@code R} for. */
  sealed interface Request<R> extends Call<BucketRegistry, R> {}

  /** The bucket of this name, a new one if there is none. */
  record Create(String name) implements Request<Outcome> {}

  /** Ends the bucket of this name; false if there is none. */
  record Delete(String name) implements Request<Boolean> {}

  /** What the registry is told without an answer. */
  sealed interface Notice extends Cast<BucketRegistry> {}

  /** As {@link Create}; a failure is logged. */
  record CreateAsync(String name) implements Notice {}

  /** What came of a request to create. */
  sealed interface Outcome {
    /** There is such a bucket. */
    record Created(Bucket bucket) implements Outcome {}

    /** There is none, and none was created. */
    record Refused(KvException why) implements Outcome {}
  }

  /** A bucket, and the monitor on it. */
  private record Adoption(Bucket bucket, MonitorRef ref) {}

  /** The buckets this registry monitors. Changed in place, by its own process only. */
  static final class Adopted {
    private final Map<Pid, Adoption> byPid = new HashMap<>();

    /** How many buckets are monitored. */
    int size() {
      return byPid.size();
    }

    private void add(Bucket bucket) {
      byPid.computeIfAbsent(bucket.pid(), pid -> new Adoption(bucket, Self.monitor(pid)));
    }

    private void remove(Bucket bucket) {
      Adoption adoption = byPid.remove(bucket.pid());
      if (adoption != null) {
        Self.demonitor(adoption.ref(), true);
      }
    }
  }

  /** Adopts what the registry before this one left; of those that are dead a DOWN comes at once. */
  @Override
  public Init<Adopted> init() {
    var adopted = new Adopted();
    table.all().forEach(adopted::add);
    return Init.ok(adopted);
  }

  @Override
  public Next<Adopted> handleCall(Request<?> request, From<?> from, Adopted adopted) {
    return switch (request) {
      case Create create -> create.reply(create(create.name(), adopted), adopted);
      case Delete delete -> delete.reply(delete(delete.name(), adopted), adopted);
    };
  }

  @Override
  public Next<Adopted> handleCast(Notice notice, Adopted adopted) {
    switch (notice) {
      case CreateAsync(String name) -> {
        if (create(name, adopted) instanceof Outcome.Refused(KvException why)) {
          LOG.log(Level.WARNING, why.getMessage());
        }
      }
    }
    return Next.noReply(adopted);
  }

  private Outcome create(String name, Adopted adopted) {
    var known = table.lookup(name);
    if (known.isPresent()) {
      adopted.add(known.get()); // for one that a registry created which was killed meanwhile
      return new Outcome.Created(known.get());
    }
    if (table.size() >= limits.buckets()) {
      return new Outcome.Refused(
          new KvException.LimitReached("no new bucket " + name, limits.buckets()));
    }
    Bucket bucket;
    try {
      bucket = starter.apply(name);
    } catch (RuntimeException e) {
      return new Outcome.Refused(new KvException.NotCreated(name, e));
    }
    adopted.add(bucket); // first, since it fails if this registry was killed meanwhile
    Bucket there = table.add(bucket);
    if (there != bucket) { // of the next registry, which a late kill let in
      adopted.remove(bucket);
      bucket.pid().exit(ExitReason.SHUTDOWN);
    }
    return new Outcome.Created(there);
  }

  private boolean delete(String name, Adopted adopted) {
    var known = table.lookup(name);
    known.ifPresent(
        bucket -> {
          adopted.remove(bucket);
          table.remove(bucket);
          bucket.pid().exit(ExitReason.SHUTDOWN);
        });
    return known.isPresent();
  }

  @Override
  public Next<Adopted> handleInfo(Object message, Adopted adopted) throws Exception {
    if (!(message instanceof Down down)) {
      return GenServer.super.handleInfo(message, adopted);
    }
    Adoption adoption = adopted.byPid.get(down.pid());
    if (adoption != null && adoption.ref().equals(down.ref())) {
      adopted.byPid.remove(down.pid());
      table.remove(adoption.bucket());
    }
    return Next.noReply(adopted);
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof Adopted adopted
        ? status.state(adopted.size() + " buckets")
        : status;
  }
}
