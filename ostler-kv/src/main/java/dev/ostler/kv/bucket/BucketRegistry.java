package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.StatusReport;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketServer.State;
import dev.ostler.kv.bytes.Bytes;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The process that starts and loads buckets, monitors them, and removes them from the table when
 * they end.
 *
 * <p>Only the registry adds names to the table; a reader that finds a dead bucket removes it. The
 * table outlives the registry: the next registry adopts the buckets it finds there. The registry is
 * linked to no bucket: buckets are children of a supervisor.
 */
public final class BucketRegistry
    implements GenServer<BucketRegistry.Adopted, BucketRegistry.Request<?>, BucketRegistry.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final BucketTable table;
  private final Catalog catalog;
  private final Environment environment;
  private final DynamicSupervisor buckets;
  private final ServerChild<BucketServer, ServerRef<BucketServer>> child;

  public BucketRegistry(
      BucketTable table,
      Catalog catalog,
      Environment environment,
      DynamicSupervisor buckets,
      ServerChild<BucketServer, ServerRef<BucketServer>> child) {
    this.table = table;
    this.catalog = catalog;
    this.environment = environment;
    this.buckets = buckets;
    this.child = child;
  }

  /** A request with a reply of type {@code R}. */
  sealed interface Request<R> extends Call<BucketRegistry, R> {}

  /** Gives the bucket of this name; starts an empty one if there is none. */
  record GetOrStart(String name) implements Request<Outcome> {}

  /** Gives the bucket of this name; loads it if it is not in memory. */
  record GetOrLoad(String name) implements Request<Outcome> {}

  /** Gives the bucket of this name, if it is in memory, after all earlier requests. */
  record Lookup(String name) implements Request<Optional<BucketRef>> {}

  /** Drops these buckets: those in memory by a cast, the others in the archive. */
  record DropStored(List<String> names) implements Request<Outcome> {}

  /** A cast to the registry. */
  sealed interface Notice extends Cast<BucketRegistry> {}

  /** Creates and pins a bucket of this name if there is none. A failure is logged. */
  record CreateAsync(String name) implements Notice {}

  /** The reply to a request for a bucket. */
  sealed interface Outcome {
    /** The bucket. */
    record Found(BucketRef bucket) implements Outcome {}

    /** There is no such bucket, and none was to be started. */
    record Missing() implements Outcome {}

    /** No bucket was started. */
    record Refused(KvException why) implements Outcome {}

    /** The supervisor of buckets is not running: ask again. */
    record NotNow(CallException why) implements Outcome {}
  }

  /** A message to itself: a bucket was loaded, or does not exist (null), or the load failed. */
  private record Loaded(String name, @Nullable State state, @Nullable Throwable failure) {}

  /** A message to itself: the heads of buckets were read, or could not be read. */
  private record HeadsRead(
      List<String> names,
      @Nullable List<BucketStore.Head> heads,
      @Nullable Throwable failure,
      Consumer<Outcome> reply) {}

  /** A caller that waits for a bucket that is being loaded. */
  private record Waiting(boolean creates, Consumer<Outcome> reply) {}

  /** A message to itself: try again to start a bucket. */
  private record Retry(String name, Waiting waiting) {}

  /**
   * The state: how many buckets this registry monitors, and who waits for others. Used by its
   * process only. Each monitor is tagged with its bucket.
   */
  public static final class Adopted {
    private int monitored;
    private final Map<String, List<Waiting>> loading = new HashMap<>(); // by name; or being dropped

    /** How many buckets are monitored. */
    public int size() {
      return monitored;
    }

    private void add(BucketRef bucket) {
      var _ = Self.monitor(bucket.pid(), bucket);
      monitored++;
    }
  }

  /** Adopts the buckets of the previous registry. Dead ones among them cause a DOWN at once. */
  @Override
  public Init<Adopted> init() {
    var adopted = new Adopted();
    List<BucketRef> named = table.takeOver(adopted);
    named.forEach(adopted::add);
    endUnnamed(named);
    table.census().begin();
    // of those that failed before, and were removed by readers, nobody else would tell
    environment.changedNames().allDropped(() -> {});
    return Init.ok(adopted);
  }

  /** Ends buckets that are not in the table: a killed registry had started them. */
  private void endUnnamed(List<BucketRef> named) {
    var known = new HashSet<Pid>();
    named.forEach(bucket -> known.add(bucket.pid()));
    try {
      for (DynamicSupervisor.ChildInfo bucket : buckets.children()) {
        if (!known.contains(bucket.pid())) {
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
      case GetOrStart asked -> {
        answer(asked.name(), true, asked.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case GetOrLoad asked -> {
        answer(asked.name(), false, asked.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case DropStored asked -> {
        dropStored(asked.names(), asked.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case Lookup asked -> asked.reply(table.lookup(asked.name()), adopted);
    };
  }

  @Override
  public Next<Adopted> handleCast(Notice notice, Adopted adopted) {
    switch (notice) {
      case CreateAsync(String name) -> answer(name, true, made -> pin(name, made), adopted);
    }
    return Next.noReply(adopted);
  }

  private static void pin(String name, Outcome made) {
    switch (made) {
      case Outcome.Found(BucketRef bucket) -> bucket.pinSoon();
      case Outcome.Missing() -> {}
      case Outcome.Refused(KvException why) -> LOG.log(Level.WARNING, why.getMessage());
      case Outcome.NotNow(CallException why) ->
          LOG.log(Level.WARNING, "no new bucket " + Bytes.text(name) + ": " + why.getMessage());
    }
  }

  /** Replies: at once if the bucket is in memory, otherwise once it was looked for elsewhere. */
  private void answer(String name, boolean creates, Consumer<Outcome> reply, Adopted adopted) {
    BucketRef known = table.living(name);
    if (known != null) {
      reply.accept(new Outcome.Found(known));
    } else {
      load(name, new Waiting(creates, reply), adopted);
    }
  }

  /** Starts a bucket that is not in the archive, if the caller wants that. */
  private void startNew(String name, Waiting waiting, Adopted adopted) {
    reply(name, waiting, waiting.creates ? start(name, null, adopted) : new Outcome.Missing());
  }

  /** Replies. If there are too many buckets, but some are about to end, it tries again instead. */
  private void reply(String name, Waiting waiting, Outcome outcome) {
    if (outcome instanceof Outcome.Refused(KvException.LimitReached _)
        && table.census().hasWaiting()) {
      Self.pid().send(new Retry(name, waiting));
    } else {
      waiting.reply.accept(outcome);
    }
  }

  /**
   * Loads a bucket that is not in memory. It cannot change meanwhile: only the registry starts it.
   */
  private void load(String name, Waiting waiting, Adopted adopted) {
    List<Waiting> others = adopted.loading.get(name);
    if (others != null) {
      others.add(waiting);
      return;
    }
    boolean isTight = isTight(waiting);
    long after = isTight ? environment.durability().seen() : table.readAfter(name);
    if ((!isTight && table.isBeingRemoved(name, environment.durability()))
        || catalog.hasSurelyNot(name, after)) {
      startNew(name, waiting, adopted);
      return;
    }
    adopted.loading.put(name, new ArrayList<>(List.of(waiting)));
    Pid self = Self.pid();
    catalog.load(
        name,
        after,
        stored -> loaded(name, stored),
        (state, failure) -> self.send(new Loaded(name, state, failure)));
  }

  /** Whether the limit is near. Then the archive must count all changes before one more bucket. */
  private boolean isTight(Waiting waiting) {
    long most = catalog.mostStored() + table.processes();
    return waiting.creates() && most >= environment.limits().buckets();
  }

  private State loaded(String name, BucketStore.Stored stored) {
    var state = new State(Bytes.array(name), environment);
    state.load(stored);
    return state;
  }

  private void reply(Loaded loaded, Adopted adopted) {
    List<Waiting> waiting = adopted.loading.remove(loaded.name);
    if (waiting != null && !waiting.isEmpty()) {
      Outcome outcome = outcome(loaded, waiting.stream().anyMatch(Waiting::creates), adopted);
      waiting.forEach(each -> reply(loaded.name, each, outcome));
    }
  }

  private Outcome outcome(Loaded loaded, boolean creates, Adopted adopted) {
    if (loaded.failure != null) {
      return refused("the bucket " + Bytes.text(loaded.name), loaded.failure);
    } else if (loaded.state == null && !creates) {
      return new Outcome.Missing();
    }
    return start(loaded.name, loaded.state, adopted);
  }

  private static Outcome refused(String what, Throwable failure) {
    return new Outcome.Refused(
        failure instanceof KvException why ? why : new KvException.NotReadable(what, failure));
  }

  /**
   * Drops buckets in the archive without loading them. Only the registry starts buckets, so these
   * cannot change until that is done. Requests for them wait, as for a bucket that is being loaded.
   */
  private void dropStored(List<String> names, Consumer<Outcome> reply, Adopted adopted) {
    var stored = new ArrayList<String>();
    long after = 0;
    for (String name : names) {
      BucketRef living = table.living(name);
      List<Waiting> loading = adopted.loading.get(name);
      if (living != null) {
        living.dropSoon();
      } else if (loading != null) {
        loading.addFirst(
            new Waiting(false, BucketRegistry::dropSoon)); // it replies to this one first
      } else {
        adopted.loading.put(name, new ArrayList<>());
        stored.add(name);
        after = Math.max(after, table.readAfter(name));
      }
    }
    Pid self = Self.pid();
    catalog.heads(
        stored, after, (heads, failure) -> self.send(new HeadsRead(stored, heads, failure, reply)));
  }

  private static void dropSoon(Outcome found) {
    if (found instanceof Outcome.Found(BucketRef bucket)) {
      bucket.dropSoon();
    }
  }

  private void drop(HeadsRead found, Adopted adopted) {
    Throwable failure = found.failure;
    try {
      if (found.heads != null) {
        drop(found.names, found.heads);
      }
    } catch (KvException.NotKept e) {
      failure = e;
    }
    for (String name : found.names) {
      reply(new Loaded(name, null, failure), adopted);
    }
    found.reply.accept(
        failure == null ? new Outcome.Missing() : refused("the store's buckets", failure));
  }

  private void drop(List<String> names, List<BucketStore.Head> heads) {
    var writes = new ArrayList<BucketStore.Write>();
    for (int i = 0; i < heads.size(); i++) {
      BucketStore.Head head = heads.get(i);
      if (head.exists()) {
        writes.add(
            new BucketStore.Write(
                names.get(i), 0, new Change.Dropped(), "", head, BucketStore.Head.NONE));
      }
    }
    if (!writes.isEmpty()) {
      long position = environment.durability().append(writes);
      writes.forEach(write -> table.removedAt(write.bucket(), position));
    }
  }

  private Outcome start(String name, @Nullable State loaded, Adopted adopted) {
    int limit = environment.limits().buckets();
    if (loaded == null && catalog.stored() >= limit) {
      return new Outcome.Refused(
          new KvException.LimitReached("no new bucket " + Bytes.text(name), limit));
    }
    ServerRef<BucketServer> server;
    try {
      server = buckets.startChild(child);
    } catch (StartException.TooManyChildren e) {
      return new Outcome.Refused(
          new KvException.LimitReached("no new bucket " + Bytes.text(name), limit));
    } catch (CallException e) {
      return new Outcome.NotNow(e);
    } catch (RuntimeException e) {
      return new Outcome.Refused(new KvException.NotCreated(Bytes.text(name), causeOf(e)));
    }
    State state = loaded == null ? new State(Bytes.array(name), environment) : loaded;
    BucketRef bucket = BucketRef.of(state.nameBytes(), server, environment);
    state.begin(bucket);
    bucket.publish(state);
    server.cast(new BucketServer.Begin(state));
    adopted.add(bucket);
    if (table.add(bucket, adopted)) {
      bucket.countMemory();
    } else { // only if this registry was killed: nobody will know the bucket
      bucket.pid().exit(ExitReason.SHUTDOWN);
      bucket.processEnded();
    }
    return new Outcome.Found(bucket);
  }

  private static Throwable causeOf(RuntimeException failure) {
    return failure instanceof StartException.Failed failed
            && failed.reason() instanceof ExitReason.Crash(Throwable cause)
        ? cause
        : failure;
  }

  @Override
  public Next<? extends Adopted> handleInfo(Object message, Adopted adopted) throws Exception {
    if (message instanceof Loaded loaded) {
      reply(loaded, adopted);
      return Next.noReply(adopted);
    }
    if (message instanceof Retry retry) {
      answer(retry.name, retry.waiting.creates, retry.waiting.reply, adopted);
      return Next.noReply(adopted);
    }
    if (message instanceof HeadsRead found) {
      drop(found, adopted);
      return Next.noReply(adopted);
    }
    if (!(message instanceof Down down)) {
      return GenServer.super.handleInfo(message, adopted);
    }
    if (down.ref().tag().orElse(null) instanceof BucketRef bucket) {
      adopted.monitored--;
      table.remove(bucket);
      if (!down.reason().equals(ExitReason.NORMAL)) { // what it held is gone, or loaded again
        environment.changedNames().changed(bucket.nameBytes());
      }
      table.census().removed();
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
