package dev.ostler.kv;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.StatusReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;

/**
 * Creates buckets, monitors them, and forgets them when they end or are deleted.
 *
 * <p>The only writer of the table of names, which it does not own: if the registry ends, the next
 * one adopts what it finds there. It is linked to no bucket: they are children of a supervisor.
 */
final class BucketRegistry
    implements GenServer<BucketRegistry.Adopted, BucketRegistry.Request<?>, BucketRegistry.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final BucketTable table;
  private final Limits limits;
  private final DynamicSupervisor buckets;
  private final ServerChild<BucketServer, ServerRef<BucketServer>> child;

  BucketRegistry(
      BucketTable table,
      Limits limits,
      DynamicSupervisor buckets,
      ServerChild<BucketServer, ServerRef<BucketServer>> child) {
    this.table = table;
    this.limits = limits;
    this.buckets = buckets;
    this.child = child;
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

    /** There is nobody at the moment who starts buckets: ask again. */
    record NotNow(CallException why) implements Outcome {}
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
    table.takeOver(adopted).forEach(adopted::add);
    endNameless(adopted);
    return Init.ok(adopted);
  }

  /** Ends the bucket that a registry was just about to add when it was killed: nobody knows it. */
  private void endNameless(Adopted adopted) {
    try {
      for (DynamicSupervisor.ChildInfo bucket : buckets.children()) {
        if (!adopted.byPid.containsKey(bucket.pid())) {
          bucket.pid().exit(ExitReason.SHUTDOWN);
        }
      }
    } catch (CallException e) {
      // The supervisor has ended, and all buckets with it.
    }
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
        switch (create(name, adopted)) {
          case Outcome.Created _ -> {}
          case Outcome.Refused(KvException why) -> LOG.log(Level.WARNING, why.getMessage());
          case Outcome.NotNow(CallException why) ->
              LOG.log(Level.WARNING, "no new bucket " + name + ": " + why.getMessage());
        }
      }
    }
    return Next.noReply(adopted);
  }

  private Outcome create(String name, Adopted adopted) {
    var known = table.lookup(name);
    if (known.isPresent()) {
      return new Outcome.Created(known.get());
    }
    ServerRef<BucketServer> server;
    try {
      server = buckets.startChild(child);
    } catch (StartException.TooManyChildren e) {
      return new Outcome.Refused(
          new KvException.LimitReached("no new bucket " + name, limits.buckets()));
    } catch (CallException e) {
      return new Outcome.NotNow(e);
    } catch (RuntimeException e) {
      return new Outcome.Refused(new KvException.NotCreated(name, causeOf(e)));
    }
    server.cast(new BucketServer.Called(name));
    var bucket = new Bucket(name, server, limits);
    adopted.add(bucket);
    if (!table.add(bucket, adopted)) { // only if this registry was killed: nobody hears of it
      bucket.pid().exit(ExitReason.SHUTDOWN);
    }
    return new Outcome.Created(bucket);
  }

  private static Throwable causeOf(RuntimeException failure) {
    return failure instanceof StartException.Failed failed
            && failed.reason() instanceof ExitReason.Crash(Throwable cause)
        ? cause
        : failure;
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
