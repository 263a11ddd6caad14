package dev.ostler.kv.bucket;

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
import dev.ostler.Restart;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.StatusReport;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Durability;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The process behind a {@link Bucket}. It owns the bucket's entries, and tells listeners of their
 * changes.
 *
 * <p>It is a direct server: its callbacks never block, and mostly run on the caller's thread. While
 * it is {@linkplain BucketLock locked} for a command on several buckets, it defers all requests. A
 * bucket that is empty and not pinned does not exist: its process ends.
 *
 * <p>All buckets of a store share one object of this class, and one description of how to start
 * them. So a bucket costs no more than its process and its state.
 */
public final class BucketServer
    implements GenServer<BucketServer.State, BucketServer.Request<?>, BucketServer.Notice> {
  /** Of a process that has not begun. */
  private static final byte[] NO_NAME = new byte[0];

  private final Environment environment;

  public BucketServer(Environment environment) {
    this.environment = environment;
  }

  /** In memory, with an environment of its own. */
  public BucketServer(Limits limits) {
    this(Environment.of(limits));
  }

  /** How a bucket is started. It is temporary: {@link BucketRegistry} starts it again on demand. */
  public static ServerChild<BucketServer, ServerRef<BucketServer>> child(
      Supplier<BucketServer> factory) {
    return GenServer.of(factory)
        .label("bucket")
        .direct()
        .restart(Restart.TEMPORARY)
        .shutdown(Shutdown.BRUTAL_KILL);
  }

  /** A request with a reply of type {@code R}. */
  sealed interface Request<R> extends Call<BucketServer, R>
      permits OnEntries, Subscribe, Observe, BucketLock {}

  /** A request that runs code with the bucket's entries. Whatever is due has expired before. */
  sealed interface OnEntries<R> extends Request<R> permits Operation, BucketTask {
    R on(Entries entries);
  }

  /** Tells the listener of every change from now on; false if the bucket does not exist yet. */
  public record Subscribe(Listener listener) implements Request<Boolean> {}

  /** Instead of a number: only changes from now on. */
  public static final long NOW = -1;

  /** Tells the listener of every change after the one with this number. */
  public record Observe(Listener listener, long from) implements Request<Observed> {}

  /** The reply to {@link Observe}. */
  public sealed interface Observed {
    /** The listener is told of all changes; this is the number of the last one so far. */
    record From(long seq) implements Observed {}

    /** The bucket does not exist. */
    record Missing() implements Observed {}

    /**
     * The changes after that number are not remembered, or the number is in the future. The
     * listener is not told of anything.
     */
    record NotKnown(long seq) implements Observed {}
  }

  /** A cast to a bucket. */
  sealed interface Notice extends Cast<BucketServer> {}

  /** The first message: the state that it owns from now on. */
  record Begin(State state) implements Notice {}

  /** Pins the bucket: it stays without keys. */
  record Pin() implements Notice {}

  /** Drops all entries. */
  record DropAll() implements Notice {}

  /** Evicts the bucket from memory, if that loses nothing. */
  record Evict() implements Notice {}

  /** Ends the process, if the bucket is empty. */
  record EndIfEmpty() implements Notice {}

  /** A command that had locked the bucket is over: the process checks. */
  record Unlocked() implements Notice {}

  /** The bucket's alarm has rung. */
  record Due() implements Notice {}

  static final Due DUE = new Due();

  /** A process that is told of a bucket's changes until it ends. */
  public interface Listener {
    /** The process. */
    Pid pid();

    /** Called in the bucket's process; must not wait. */
    void changed(Change change, long seq);
  }

  /**
   * The state of one bucket: its entries, and what its process needs besides. A class of its own
   * that inherits from the entries, so that a bucket has one object less.
   *
   * <p>The fields here are used by the process only, except {@code lock}.
   */
  static final class State extends Entries {
    private @Nullable BucketRef bucket;
    private volatile @Nullable BucketLock lock; // see there for who writes it
    private @Nullable Queue<Deferred> deferred; // the messages since it was locked
    private boolean ending;

    /** Without entries; the bytes of the name must not change any more. */
    State(byte[] name, Environment environment) {
      super(name, environment);
    }

    /** Sets its handle, before its process gets the state. */
    void begin(BucketRef handle) {
      bucket = handle;
    }

    /** Unlocks the bucket, with no work left for the process. Called by the command's thread. */
    void free() {
      lock = null;
    }

    private BucketRef bucket() {
      return Objects.requireNonNull(bucket, "bucket");
    }

    /** Runs something once the last change is durable, if replies wait for that, too; else now. */
    private void whenDurable(Runnable then) {
      if (environment().durability().repliesWait()) {
        bucket().whenDurable(then);
      } else {
        then.run();
      }
    }

    /** Appends the pending changes to the journal, and tells subscribers and listeners. */
    private void commit() {
      PendingChanges pending = pending();
      if (pending.isEmpty()) {
        tell();
        return;
      }
      Probe.at(Probe.Step.APPEND);
      bucket().commit(pending);
      try {
        Probe.at(Probe.Step.APPENDED);
      } finally {
        tell(); // what is done is told
      }
    }

    /** Tells subscribers and listeners of what has happened since it was called last. */
    private void tell() {
      List<Event> events = pending().takeEvents();
      if (!events.isEmpty()) {
        Environment environment = environment();
        whenDurable(() -> Event.tell(events, environment));
      }
      Listeners listeners = listeners();
      if (listeners != null) {
        List<NumberedChange> untold = listeners.takeUntold();
        if (!untold.isEmpty()) {
          tell(untold, listeners.all());
        }
      }
    }

    /**
     * Expires what is due, and appends that at once, because the next command may fail. If the
     * journal has failed, entries expire in memory only, and again after they are loaded.
     */
    private void expireNow() {
      expire();
      PendingChanges pending = pending();
      if (!pending.isEmpty()) {
        if (environment().durability().hasFailed()) {
          pending.forget();
        }
        commit();
      }
    }

    /**
     * As {@link #expireNow}, for nobody who waits. If it fails in memory, the next alarm repeats
     * it.
     */
    private void expireAtLeisure() {
      try {
        expireNow();
      } catch (VirtualMachineError | LinkageError | AssertionError e) {
        if (!goesOnAfter(e)) {
          throw e;
        }
      }
    }

    private void tell(List<NumberedChange> changes, List<Listener> to) {
      whenDurable(
          () ->
              changes.forEach(
                  each -> to.forEach(listener -> listener.changed(each.change(), each.seq()))));
    }

    private @Nullable Listeners listeners() {
      Extra extra = extra();
      return extra == null ? null : extra.listeners;
    }

    private boolean hasListeners() {
      Listeners listeners = listeners();
      return listeners != null && listeners.size() > 0;
    }

    private void listen(Listener listener) {
      Listeners known = listeners();
      Listeners all = known == null ? new Listeners(pending().areRecorded()) : known;
      all.add(listener);
      makeExtra().listeners = all;
      observe(all);
    }

    /** A listener's process has ended. */
    private void forget(MonitorRef monitor) {
      Listeners listeners = listeners();
      if (listeners != null) {
        listeners.remove(monitor);
        if (listeners.areOver()) {
          makeExtra().listeners = null;
          observe(null);
        }
      }
    }

    /**
     * Adds a listener, and tells it the changes since {@code from}. Remembers changes from now on.
     */
    private Observed observe(Listener listener, long from) {
      long seq = seq();
      Listeners listeners = listeners();
      History known = listeners == null ? new History(seq) : listeners.history(seq);
      if (from != NOW && !known.reachesBack(from, seq)) {
        return new Observed.NotKnown(seq);
      }
      if (from != NOW && from != seq) {
        var missed = new ArrayList<NumberedChange>();
        known.replay(from, (change, each) -> missed.add(new NumberedChange(change, each)));
        tell(missed, List.of(listener));
      }
      listen(listener);
      Objects.requireNonNull(listeners()).remember(known);
      return new Observed.From(seq);
    }

    /** Ends the process, if the bucket would be loaded as it is now. */
    private void evict() {
      Durability durability = environment().durability();
      if (bucket != null
          && durability.isDurable()
          && exists()
          && !hasListeners()
          && !durability.hasLost(bucket.position())) {
        end();
        bucket.census().evicted();
      }
    }

    /**
     * Whether the process goes on after an error. A durable bucket ends, and the next process loads
     * what is stored. A bucket in memory would be lost, and stays. No change is half made: a
     * request that makes several undoes them itself.
     */
    private boolean goesOnAfter(Error why) {
      if (pending().areRecorded()) {
        return false;
      }
      FullHeap.log("a request to a bucket failed", why);
      return true;
    }

    /** Appends pending changes, shows the entries to readers, and sets the alarm. */
    private void settle() {
      try {
        settleAll();
      } catch (VirtualMachineError | LinkageError | AssertionError e) {
        if (!goesOnAfter(e)) {
          throw e;
        } // what was not done, the next request does
      }
    }

    private void settleAll() {
      commit();
      BucketRef shown = bucket;
      if (shown != null) {
        shown.publish(this);
      }
      long next = nextDeadline();
      long alarm = alarm();
      if (next != 0 && !ending && (alarm == 0 || next < alarm)) { // an early alarm does no harm
        setAlarm(next);
      }
      trim();
    }

    /** When the alarm rings; 0 if none is set. */
    private long alarm() {
      Extra extra = extra();
      return extra == null ? 0 : extra.at();
    }

    /** Whether the alarm has rung, which is over now. One that was cancelled too late has not. */
    private boolean takeAlarm() {
      Extra extra = extra();
      if (extra == null || !environment().alarms().hasRung(extra)) {
        return false;
      }
      environment().alarms().cancel(extra);
      return true;
    }

    /**
     * Whether the process ends: it is empty, and not too many others are ending just now. A bucket
     * with listeners ends at once, because its end informs them.
     */
    private boolean ends() {
      if (exists() || endsLater()) {
        return ending;
      }
      BucketRef known = bucket;
      if (known == null || hasListeners() || known.census().mayEnd()) {
        end();
      } else {
        makeExtra().endsLater = true;
        known.census().endLater(known);
      }
      return ending;
    }

    private boolean endsLater() {
      Extra extra = extra();
      return extra != null && extra.endsLater;
    }

    private void defer(Deferred what) {
      if (deferred == null) {
        deferred = new ArrayDeque<>();
      }
      deferred.add(what);
    }

    /** Continues after a lock. */
    private void resume(BucketLock over) {
      if (!over.resume(this)) {
        end();
        return;
      }
      Listeners listeners = listeners();
      if (listeners != null) {
        over.tell(listeners);
      }
      settle();
      var _ = ends();
    }

    /** Sets the only alarm. */
    private void setAlarm(long next) {
      long at = Math.max(next, environment().clock().getAsLong() + 1);
      if (bucket != null && alarm() != at) {
        environment().alarms().set(makeExtra(), at, bucket);
      }
    }

    private void cancelAlarm() {
      Extra extra = extra();
      if (extra != null && extra.at() != 0) {
        environment().alarms().cancel(extra);
      }
    }

    /** The process ends after this callback. */
    private void end() {
      ending = true;
      cancelAlarm();
    }
  }

  @Override
  public Init<State> init() {
    return Init.ok(new State(NO_NAME, environment));
  }

  @Override
  public Next<State> handleCall(Request<?> request, From<?> from, State state) {
    return switch (phase(state)) {
      case FREE -> tryToAnswer(request, null, state);
      case LOCKED -> defer(request, from, state);
      case ENDING -> Next.stop(ExitReason.NORMAL, state);
    };
  }

  /**
   * The reply to a request that failed, mostly for lack of memory.
   *
   * @param unchanged whether it has changed nothing
   */
  private record Failed(Error why, boolean unchanged) {}

  /**
   * The result of a request, from its reply.
   *
   * @throws KvException.Undone if the request failed before it changed anything
   * @throws KvException.BucketGone if it failed later: its outcome is unknown
   */
  static <R> R result(R reply, BucketRef bucket) {
    if (reply instanceof Failed(Error why, boolean unchanged)) {
      throw unchanged
          ? new KvException.Undone(why)
          : new KvException.BucketGone(bucket.name(), why);
    }
    return reply;
  }

  /** Handles a request, and replies, also if it fails. */
  private static Next<State> tryToAnswer(Request<?> request, @Nullable From<?> late, State state) {
    long before = state.seq();
    try {
      return answer(request, late, state);
    } catch (VirtualMachineError | LinkageError | AssertionError e) {
      boolean started = request instanceof BucketTask<?> task && task.hasStarted();
      boolean changed = state.seq() != before && (started || request instanceof Operation);
      if ((started && changed) || !state.goesOnAfter(e)) {
        throw e; // perhaps a task could not undo its changes
      }
      return replyUnchecked(request, new Failed(e, !changed), late, state);
    }
  }

  @SuppressWarnings("unchecked") // BucketRef.ask passes every reply through result
  private static <R> Next<State> replyUnchecked(
      Request<R> request, Object reply, @Nullable From<?> late, State state) {
    return reply(request, (R) reply, late, state);
  }

  /**
   * Handles a request, and replies.
   *
   * @param late the caller of a deferred request; null if the reply is the callback's
   */
  private static Next<State> answer(Request<?> request, @Nullable From<?> late, State state) {
    return switch (request) {
      case BucketTask<?> task -> run(task, late, state); // by far the most frequent
      case Operation<?> operation -> operate(operation, late, state);
      case BucketLock lock -> lock(lock, late, state);
      case Subscribe subscribe -> {
        state.expireNow();
        state.listen(subscribe.listener());
        yield reply(subscribe, state.exists(), late, state);
      }
      case Observe observe -> observe(observe, late, state);
    };
  }

  private static Next<State> observe(Observe observe, @Nullable From<?> late, State state) {
    state.expireNow();
    state.settle();
    return state.exists()
        ? reply(observe, state.observe(observe.listener(), observe.from()), late, state)
        : replyAndPerhapsStop(observe, new Observed.Missing(), late, state);
  }

  private static <R> Next<State> run(BucketTask<R> task, @Nullable From<?> late, State state) {
    state.expireNow();
    R result = task.on(state);
    state.settle();
    return replyAndPerhapsStop(task, result, late, state);
  }

  private static <R> Next<State> operate(
      Operation<R> operation, @Nullable From<?> late, State state) {
    state.expireNow();
    R result =
        operation.hasSteps() && !state.pending().areRecorded()
            ? attempt(operation, state)
            : operation.on(state);
    state.settle();
    return replyAndPerhapsStop(operation, result, late, state);
  }

  /** Makes all changes of an operation, or none, in memory. */
  private static <R> R attempt(Operation<R> operation, State state) {
    var attempt = new Attempt(state);
    R result;
    try {
      result = operation.on(state);
    } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
      attempt.undo();
      throw e;
    }
    attempt.done();
    return result;
  }

  private static <R> Next<State> reply(
      Request<R> request, R result, @Nullable From<?> late, State state) {
    if (late == null) {
      return request.reply(result, state);
    }
    request.from(late).reply(result);
    return Next.noReply(state);
  }

  private static <R> Next<State> replyAndPerhapsStop(
      Request<R> request, R result, @Nullable From<?> late, State state) {
    if (!state.ends()) {
      return reply(request, result, late, state);
    }
    if (late == null) {
      return request.replyAndStop(result, ExitReason.NORMAL, state);
    }
    request.from(late).reply(result);
    return Next.stop(ExitReason.NORMAL, state);
  }

  // --- While it is locked

  /** The handling of a message that came while the bucket was locked. */
  private interface Deferred {
    void run();
  }

  /** What the process does with a message. */
  private enum Phase {
    /** It handles the message. */
    FREE,
    /** It defers the message. */
    LOCKED,
    /** It stops. */
    ENDING
  }

  private static Phase phase(State state) {
    return state.lock == null && state.deferred == null ? Phase.FREE : runDeferred(state);
  }

  /** Handles deferred messages, if the bucket is unlocked, until one of them locks it again. */
  private static Phase runDeferred(State state) {
    while (!state.ending) {
      BucketLock lock = state.lock;
      if (lock == null) {
        Deferred next = state.deferred == null ? null : state.deferred.poll();
        if (next == null) {
          state.deferred = null;
          return Phase.FREE;
        }
        next.run();
        continue;
      }
      lock.await(); // first this, then the check: see there
      if (lock.isOver()) {
        state.lock = null;
        state.resume(lock);
      } else if (state.lock == lock) {
        return Phase.LOCKED;
      }
    }
    return Phase.ENDING;
  }

  private static Next<State> lock(BucketLock lock, @Nullable From<?> late, State state) {
    state.expireNow();
    state.settle();
    boolean taken = lock.take(state);
    if (taken) {
      state.lock = lock;
    }
    return reply(lock, taken, late, state);
  }

  private static Next<State> defer(Request<?> request, From<?> from, State state) {
    if (request instanceof BucketLock lock && !lock.mayWait()) {
      return lock.reply(false, state);
    }
    if (request instanceof BucketTask<?> task && !task.mayWait()) {
      return refuse(task, state);
    }
    state.defer(() -> tryToAnswer(request, from, state));
    return Next.noReply(state);
  }

  @SuppressWarnings("NullAway") // nobody uses the result of a refused task
  private static <R> Next<State> refuse(BucketTask<R> task, State state) {
    task.refuse();
    return task.reply(null, state);
  }

  // --- Casts and messages

  @Override
  public Next<State> handleCast(Notice notice, State state) {
    if (notice instanceof Begin(State own)) {
      own.settle();
      return Next.noReply(own);
    }
    return handle(notice, () -> handle(notice, state), state);
  }

  @Override
  public Next<? extends State> handleInfo(Object message, State state) throws Exception {
    return switch (message) {
      case Down down -> handle(down, () -> handle(down, state), state);
      default -> GenServer.super.handleInfo(message, state);
    };
  }

  /** Handles a message now, or once the bucket is unlocked. */
  private static Next<State> handle(Object message, Deferred handling, State state) {
    Phase phase = phase(state);
    if (phase == Phase.ENDING) {
      return Next.stop(ExitReason.NORMAL, state);
    }
    if (phase == Phase.FREE) {
      tryTo(handling, state);
    } else if (!(message instanceof Unlocked || message instanceof Evict)) { // it is in use
      state.defer(() -> tryTo(handling, state));
    }
    return state.ending ? Next.stop(ExitReason.NORMAL, state) : Next.noReply(state);
  }

  /** Handles a message. If that fails, a process in memory ends only if it has nothing to lose. */
  private static void tryTo(Deferred handling, State state) {
    try {
      handling.run();
    } catch (VirtualMachineError | LinkageError | AssertionError e) {
      if (!state.exists() || !state.goesOnAfter(e)) {
        throw e;
      }
    }
  }

  private static void handle(Notice notice, State state) {
    boolean mayEnd = false;
    switch (notice) {
      case Begin _ -> {}
      case Pin() -> {
        state.expireNow();
        var _ = new Operation.Pin().on(state);
      }
      case DropAll() -> {
        state.expireNow();
        mayEnd = state.exists(); // otherwise it was just started for a command that follows
        if (mayEnd) {
          state.apply(new Change.Dropped());
        }
      }
      case Evict() -> state.evict();
      case Due() -> {
        if (!state.takeAlarm()) {
          return;
        }
        state.expireAtLeisure();
        mayEnd = true;
      }
      case EndIfEmpty() -> {
        if (state.endsLater()) {
          state.makeExtra().endsLater = false;
        }
        state.expireNow();
        mayEnd = true;
      }
      case Unlocked() -> {
        return;
      }
    }
    state.settle();
    if (mayEnd
        && !state.ends()
        && notice instanceof EndIfEmpty
        && state.bucket != null
        && !state.endsLater()) {
      state.bucket.census().stays();
    }
  }

  private static void handle(Down down, State state) {
    state.forget(down.ref());
  }

  /**
   * What a bucket shows of itself.
   *
   * @param name as text
   * @param keys how many it has
   * @param listeners how many are told of changes
   */
  public record Status(String name, int keys, int listeners) {
    @Override
    public String toString() {
      return "bucket %s with %d keys and %d listeners".formatted(name, keys, listeners);
    }
  }

  /** Shows the name and the number of keys. Keys and values do not belong in logs. */
  @Override
  public StatusReport formatStatus(StatusReport status) {
    StatusReport shown = status;
    if (status.state() instanceof State state) {
      int keys = state.size();
      Listeners all = state.listeners();
      int listeners = all == null ? 0 : all.size();
      shown = status.state(new Status(Bytes.text(state.name()), keys, listeners));
    }
    return status.message().isPresent()
        ? shown.message(status.message().get().getClass().getSimpleName())
        : shown;
  }
}
