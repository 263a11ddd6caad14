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
import dev.ostler.MonitorRef;
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
import dev.ostler.kv.bytes.Bytes;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts buckets, or loads them, monitors them, and forgets them when they end.
 *
 * <p>Only the registry adds names to the table; a reader that finds a dead bucket removes it. The
 * table outlives the registry: the next registry adopts what it finds there. The registry is linked
 * to no bucket: buckets are children of a supervisor.
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

  /** What the registry is asked, and gives an {@code R} for. */
  sealed interface Request<R> extends Call<BucketRegistry, R> {}

  /** The bucket of this name, a new one with nothing in it if there is none. */
  record Obtain(String name) implements Request<Outcome> {}

  /** The bucket of this name, read if it is kept and not in memory. */
  record Fetch(String name) implements Request<Outcome> {}

  /** The bucket of this name as it is once all that was asked before is done. */
  record Find(String name) implements Request<Optional<BucketRef>> {}

  /** What of these is kept and not in memory is dropped there; what is in memory drops itself. */
  record Flush(List<String> names) implements Request<Outcome> {}

  /** What the registry is told without an answer. */
  sealed interface Notice extends Cast<BucketRegistry> {}

  /** Makes sure there is such a bucket, and that it stays; a failure is logged. */
  record CreateAsync(String name) implements Notice {}

  /** What came of a request to have a bucket. */
  sealed interface Outcome {
    /** There is such a bucket. */
    record Obtained(BucketRef bucket) implements Outcome {}

    /** There is none, and none was asked for. */
    record Missing() implements Outcome {}

    /** There is none, and none was started. */
    record Refused(KvException why) implements Outcome {}

    /** There is nobody at the moment who starts buckets: ask again. */
    record NotNow(CallException why) implements Outcome {}
  }

  /** It tells itself what was found where buckets are kept. */
  private record Read(String name, @Nullable Entries entries, @Nullable Throwable failure) {}

  /** It tells itself what of these there is. */
  private record Heads(
      List<String> names,
      @Nullable List<BucketStore.Head> heads,
      @Nullable Throwable failure,
      Consumer<Outcome> told) {}

  /** Who waits for a bucket that is being read. */
  private record Waiting(boolean creates, Consumer<Outcome> told) {}

  /** It tells itself that one more bucket may be there now. */
  private record Late(String name, Waiting waiting) {}

  /** A bucket, and the monitor on it. */
  private record Adoption(BucketRef bucket, MonitorRef ref) {}

  /** The buckets this registry monitors. Changed in place, by its own process only. */
  public static final class Adopted {
    private final Map<Pid, Adoption> byPid = new HashMap<>();
    private final Map<String, List<Waiting>> reading = new HashMap<>(); // by name

    /** How many buckets are monitored. */
    public int size() {
      return byPid.size();
    }

    private void add(BucketRef bucket) {
      byPid.computeIfAbsent(bucket.pid(), pid -> new Adoption(bucket, Self.monitor(pid)));
    }
  }

  /** Adopts what the registry before this one left; of those that are dead a DOWN comes at once. */
  @Override
  public Init<Adopted> init() {
    var adopted = new Adopted();
    table.takeOver(adopted).forEach(adopted::add);
    endNameless(adopted);
    table.census().begin();
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
      case Obtain obtain -> {
        answer(obtain.name(), true, obtain.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case Fetch fetch -> {
        answer(fetch.name(), false, fetch.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case Flush flush -> {
        flush(flush.names(), flush.from(from)::reply, adopted);
        yield Next.noReply(adopted);
      }
      case Find find -> find.reply(table.lookup(find.name()), adopted);
    };
  }

  @Override
  public Next<Adopted> handleCast(Notice notice, Adopted adopted) {
    switch (notice) {
      case CreateAsync(String name) -> answer(name, true, made -> keep(name, made), adopted);
    }
    return Next.noReply(adopted);
  }

  private static void keep(String name, Outcome made) {
    switch (made) {
      case Outcome.Obtained(BucketRef bucket) -> bucket.keepSoon();
      case Outcome.Missing() -> {}
      case Outcome.Refused(KvException why) -> LOG.log(Level.WARNING, why.getMessage());
      case Outcome.NotNow(CallException why) ->
          LOG.log(Level.WARNING, "no new bucket " + Bytes.text(name) + ": " + why.getMessage());
    }
  }

  /** Tells what comes of it: at once if it is in memory, else once it was looked for elsewhere. */
  private void answer(String name, boolean creates, Consumer<Outcome> told, Adopted adopted) {
    BucketRef known = table.living(name);
    if (known != null) {
      told.accept(new Outcome.Obtained(known));
    } else {
      read(name, new Waiting(creates, told), adopted);
    }
  }

  /** Nothing is kept of this one. */
  private void begin(String name, Waiting waiting, Adopted adopted) {
    tell(name, waiting, waiting.creates ? start(name, null, adopted) : new Outcome.Missing());
  }

  /** If there are as many as there may be, but some are about to end, it is tried again. */
  private void tell(String name, Waiting waiting, Outcome outcome) {
    if (outcome instanceof Outcome.Refused(KvException.LimitReached _) && table.census().isLate()) {
      Self.pid().send(new Late(name, waiting));
    } else {
      waiting.told.accept(outcome);
    }
  }

  /** Only what is not in memory is read, and nobody else starts a bucket: it cannot change. */
  private void read(String name, Waiting waiting, Adopted adopted) {
    List<Waiting> others = adopted.reading.get(name);
    if (others != null) {
      others.add(waiting);
      return;
    }
    long after = isTight(waiting) ? environment.durability().seen() : table.late(name);
    if (catalog.hasSurelyNot(name, after)) {
      begin(name, waiting, adopted);
      return;
    }
    adopted.reading.put(name, new ArrayList<>(List.of(waiting)));
    Pid self = Self.pid();
    catalog.load(
        name,
        after,
        stored -> restored(name, stored),
        (entries, failure) -> self.send(new Read(name, entries, failure)));
  }

  /** Whether it is to be counted exactly how many there are, before there is one more. */
  private boolean isTight(Waiting waiting) {
    long most = catalog.mostStored() + table.processes();
    return waiting.creates() && most >= environment.limits().buckets();
  }

  private Entries restored(String name, BucketStore.Stored stored) {
    var entries = new Entries(name, environment);
    entries.restore(stored);
    return entries;
  }

  private void tell(Read read, Adopted adopted) {
    List<Waiting> waiting = adopted.reading.remove(read.name);
    if (waiting != null && !waiting.isEmpty()) {
      Outcome outcome = outcome(read, waiting.stream().anyMatch(Waiting::creates), adopted);
      waiting.forEach(each -> tell(read.name, each, outcome));
    }
  }

  private Outcome outcome(Read read, boolean creates, Adopted adopted) {
    if (read.failure != null) {
      return refused("the bucket " + Bytes.text(read.name), read.failure);
    } else if (read.entries == null && !creates) {
      return new Outcome.Missing();
    }
    return start(read.name, read.entries, adopted);
  }

  private static Outcome refused(String what, Throwable failure) {
    return new Outcome.Refused(
        failure instanceof KvException why ? why : new KvException.NotReadable(what, failure));
  }

  /**
   * To drop a bucket it need not be read: as nobody else starts any, those that are not in memory
   * stay as they are until that is done, and who wants one waits for it as for one that is read.
   */
  private void flush(List<String> names, Consumer<Outcome> told, Adopted adopted) {
    var resting = new ArrayList<String>();
    long after = 0;
    for (String name : names) {
      BucketRef living = table.living(name);
      List<Waiting> reading = adopted.reading.get(name);
      if (living != null) {
        living.flushSoon();
      } else if (reading != null) {
        reading.addFirst(new Waiting(false, BucketRegistry::flush)); // it is told first
      } else {
        adopted.reading.put(name, new ArrayList<>());
        resting.add(name);
        after = Math.max(after, table.late(name));
      }
    }
    Pid self = Self.pid();
    catalog.heads(
        resting, after, (heads, failure) -> self.send(new Heads(resting, heads, failure, told)));
  }

  private static void flush(Outcome found) {
    if (found instanceof Outcome.Obtained(BucketRef bucket)) {
      bucket.flushSoon();
    }
  }

  private void drop(Heads found, Adopted adopted) {
    Throwable failure = found.failure;
    try {
      if (found.heads != null) {
        drop(found.names, found.heads);
      }
    } catch (KvException.NotKept e) {
      failure = e;
    }
    for (String name : found.names) {
      tell(new Read(name, null, failure), adopted);
    }
    found.told.accept(
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
      writes.forEach(write -> table.late(write.bucket(), position));
    }
  }

  private Outcome start(String name, @Nullable Entries kept, Adopted adopted) {
    int limit = environment.limits().buckets();
    if (kept == null && catalog.stored() >= limit) {
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
    var bucket = new BucketRef(name, server, environment, table.census());
    Entries entries = kept == null ? new Entries(name, environment) : kept;
    bucket.show(entries);
    server.cast(new BucketServer.Called(bucket, entries));
    adopted.add(bucket);
    if (table.add(bucket, adopted)) {
      bucket.enter();
    } else { // only if this registry was killed: nobody hears of it
      bucket.pid().exit(ExitReason.SHUTDOWN);
      bucket.end();
    }
    return new Outcome.Obtained(bucket);
  }

  private static Throwable causeOf(RuntimeException failure) {
    return failure instanceof StartException.Failed failed
            && failed.reason() instanceof ExitReason.Crash(Throwable cause)
        ? cause
        : failure;
  }

  @Override
  public Next<Adopted> handleInfo(Object message, Adopted adopted) throws Exception {
    if (message instanceof Read read) {
      tell(read, adopted);
      return Next.noReply(adopted);
    }
    if (message instanceof Late late) {
      answer(late.name, late.waiting.creates, late.waiting.told, adopted);
      return Next.noReply(adopted);
    }
    if (message instanceof Heads found) {
      drop(found, adopted);
      return Next.noReply(adopted);
    }
    if (!(message instanceof Down down)) {
      return GenServer.super.handleInfo(message, adopted);
    }
    Adoption adoption = adopted.byPid.get(down.pid());
    if (adoption != null && adoption.ref().equals(down.ref())) {
      adopted.byPid.remove(down.pid());
      table.remove(adoption.bucket());
      table.census().forgotten();
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
