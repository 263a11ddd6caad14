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
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.StatusReport;
import dev.ostler.Timer;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Durability;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The process behind a {@link Bucket}: its entries, and who wants to hear of its changes.
 *
 * <p>Direct: its callbacks never block, and mostly run on the caller's thread. While it is
 * {@linkplain Hold held} for a command on several buckets, it puts off all that it is asked. All
 * buckets of a store share one of these, and one description of how to start them, so that a bucket
 * costs no more than its process and its state. A bucket with nothing in it, that is not to be
 * kept, is none: its process ends.
 */
public final class BucketServer
    implements GenServer<BucketServer.State, BucketServer.Request<?>, BucketServer.Notice> {
  /**
   * No timer is set for later: it does not notice when the system's clock is set forward, and a
   * deadline may lie further ahead than any timer reaches. What is due then is looked at again.
   */
  private static final long LONGEST = Duration.ofDays(1).toMillis();

  private final Environment environment;

  public BucketServer(Environment environment) {
    this.environment = environment;
  }

  /** With an environment of its own. */
  public BucketServer(Limits limits) {
    this(Environment.of(limits));
  }

  /** How buckets are started. In memory one that ends has nothing to come back with: temporary. */
  public static ServerChild<BucketServer, ServerRef<BucketServer>> child(
      Supplier<BucketServer> factory) {
    return GenServer.of(factory)
        .label("bucket")
        .direct()
        .restart(Restart.TEMPORARY)
        .shutdown(Shutdown.BRUTAL_KILL);
  }

  /** What a bucket is asked, and gives an {@code R} for. */
  sealed interface Request<R> extends Call<BucketServer, R>
      permits Operation, Subscribe, Watch, Run, Hold, Keyspace.Job {}

  /** Tells the listener of every change from now on, until it ends. */
  public record Subscribe(Listener listener) implements Request<Boolean> {}

  /** Instead of a number: no change but those to come. */
  public static final long NOW = -1;

  /** Tells the listener of every change after the one of this number, until it ends. */
  public record Watch(Listener listener, long from) implements Request<Watched> {}

  /** What came of it. */
  public sealed interface Watched {
    /** It is told of all, of which this was the last so far. */
    record From(long seq) implements Watched {}

    /** There is no such bucket. */
    record Missing() implements Watched {}

    /** Nothing was done: what came after the number is not remembered, or has not been. */
    record NotKnown(long seq) implements Watched {}
  }

  /** Does something with the entries, in the bucket's process. */
  record Run<R>(Work<R> work) implements Request<R> {}

  /** What is to be done with a bucket's entries; what is due has gone before. */
  public interface Work<R> {
    R on(Entries entries);
  }

  /** What a bucket is told without an answer. */
  sealed interface Notice extends Cast<BucketServer> {}

  /** Who it is: the first it hears. */
  record Called(BucketRef bucket, Entries entries) implements Notice {}

  /** It is to stay, even without keys. */
  record Keep() implements Notice {}

  /** All it holds is to go. */
  record Flush() implements Notice {}

  /** It is to leave memory, if that loses nothing: what it holds is kept. */
  record Rest() implements Notice {}

  /** It may end now, if there is nothing in it. */
  record Leave() implements Notice {}

  /** It may be held no longer: it is to look. */
  record GoOn() implements Notice {}

  /** It is this moment, at which a timer was to tell. */
  private record Due(long at) {}

  /** A process that wants to hear of a bucket's changes. */
  public interface Listener {
    /** The process: when it ends, it is told no more. */
    Pid pid();

    /** Told by the bucket's process; must not wait. */
    void changed(Change change, long seq);
  }

  /** What a bucket holds. Changed in place, by its own process only. */
  static final class State implements Entries.Observer {
    private Entries entries;
    private @Nullable BucketRef bucket;
    private Map<MonitorRef, Listener> listeners = Map.of(); // few buckets have any
    private @Nullable History history; // once it was watched
    private @Nullable Timer timer;
    private long timerAt; // 0 without a timer
    private volatile @Nullable Hold hold; // who holds it; see there for who writes this
    private @Nullable Queue<PutOff> putOff; // what it was asked meanwhile, if anything
    private boolean ending;
    private boolean late; // it has nothing in it, and is told when it may end

    State(Entries entries) {
      this.entries = entries;
    }

    /** It is held no longer, and there is nothing left to do. Called by who held it. */
    void free() {
      hold = null;
    }

    /** What listeners are told once it is kept, if it is to be. */
    private record News(Change change, long seq) {}

    private @Nullable List<News> news;

    @Override
    public void changed(Change change, long seq) {
      if (history != null) {
        history.add(change, seq);
      }
      if (!entries.pending().areRecorded()) {
        listeners.values().forEach(listener -> listener.changed(change, seq));
      } else {
        if (news == null) {
          news = new ArrayList<>();
        }
        news.add(new News(change, seq));
      }
    }

    private BucketRef bucket() {
      return Objects.requireNonNull(bucket, "bucket");
    }

    /** Runs something once its last change is durable, if replies wait for that, too; else now. */
    private void whenDurable(Runnable then) {
      if (entries.environment().durability().promises()) {
        bucket().whenDurable(then);
      } else {
        then.run();
      }
    }

    /** Appends what was changed to the journal, and tells of it. */
    private void commit() {
      PendingChanges pending = entries.pending();
      if (!pending.isEmpty()) {
        Probe.at(Probe.Step.APPEND);
        bucket().commit(pending);
        Probe.at(Probe.Step.APPENDED);
      }
      List<Event> events = pending.takeEvents();
      if (!events.isEmpty()) {
        Environment environment = entries.environment();
        whenDurable(() -> Event.tell(events, environment));
      }
      List<News> told = news;
      if (told != null) {
        news = null;
        tell(told, List.copyOf(listeners.values()));
      }
    }

    /**
     * Lets go what is due, and has that kept by itself: what is done next may fail. If nothing can
     * be kept any more, it goes all the same, and again when it is next read.
     */
    private void expire() {
      entries.expire();
      PendingChanges pending = entries.pending();
      if (!pending.isEmpty()) {
        if (entries.environment().durability().hasFailed()) {
          pending.forget();
        }
        commit();
      }
    }

    private void tell(List<News> told, List<Listener> hearing) {
      whenDurable(
          () ->
              told.forEach(
                  each -> hearing.forEach(listener -> listener.changed(each.change, each.seq))));
    }

    private void listen(Listener listener) {
      if (listeners.isEmpty()) {
        listeners = new LinkedHashMap<>();
      }
      listeners.put(Self.monitor(listener.pid()), listener);
      watch();
    }

    /** Begins to remember changes, if it does not yet; tells of those that are asked for. */
    private Watched watched(Listener listener, long from) {
      History known = history == null ? new History(entries.seq()) : history;
      if (from != NOW && !known.reachesBack(from, entries.seq())) {
        return new Watched.NotKnown(entries.seq());
      }
      history = known;
      if (from != NOW && from != entries.seq()) {
        var missed = new ArrayList<News>();
        known.replay(from, (change, seq) -> missed.add(new News(change, seq)));
        tell(missed, List.of(listener));
      }
      listen(listener);
      return new Watched.From(entries.seq());
    }

    /** Whether it can leave memory: it will be loaded as it is now. */
    private boolean mayRest() {
      Durability durability = entries.environment().durability();
      return durability.isDurable()
          && bucket != null
          && entries.exists()
          && listeners.isEmpty()
          && !durability.hasLost(bucket.position());
    }

    private void watch() {
      entries.observe(listeners.isEmpty() && history == null ? null : this);
    }

    /** After a change, perhaps: shows it to readers, and sets the clock for what goes by itself. */
    private void settle() {
      commit();
      BucketRef shown = bucket;
      if (shown != null) {
        shown.show(entries);
      }
      long next = entries.nextDeadline();
      if (next != 0 && (timerAt == 0 || next < timerAt)) { // a timer too early does no harm
        setTimer(next);
      }
    }

    /**
     * Whether its process ends: there is nothing in it, and not too many are ending just now. One
     * that others listen to ends at once, as that tells them.
     */
    private boolean ends() {
      if (entries.exists() || late) {
        return ending;
      }
      BucketRef known = bucket;
      if (known == null || !listeners.isEmpty() || known.census().mayEnd()) {
        ending = true;
      } else {
        late = true;
        known.census().endLater(known);
      }
      return ending;
    }

    private void putOff(PutOff what) {
      if (putOff == null) {
        putOff = new ArrayDeque<>();
      }
      putOff.add(what);
    }

    /** The command that held it is over. */
    private void resume(Hold over) {
      if (!over.resume(entries)) {
        ending = true;
        return;
      }
      over.tell(this);
      settle();
      var _ = ends();
    }

    /** One timer at a time: of one that was cancelled too late, the message means nothing. */
    private void setTimer(long next) {
      long now = entries.environment().clock().getAsLong();
      long at = next - now > LONGEST ? now + LONGEST : Math.max(next, now + 1);
      if (at == timerAt) {
        return;
      }
      if (timer != null) {
        timer.cancel();
      }
      timer = Self.sendAfter(new Due(at), Duration.ofMillis(at - now));
      timerAt = at;
    }
  }

  @Override
  public Init<State> init() {
    return Init.ok(new State(new Entries("", environment)));
  }

  @Override
  public Next<State> handleCall(Request<?> request, From<?> from, State state) {
    return switch (standing(state)) {
      case FREE -> answer(request, null, state);
      case HELD -> putOff(request, from, state);
      case ENDING -> Next.stop(ExitReason.NORMAL, state);
    };
  }

  /** Does what is asked, and answers: at once, or who was put off. */
  private static Next<State> answer(Request<?> request, @Nullable From<?> late, State state) {
    return switch (request) {
      case Keyspace.Job<?> job -> job(job, late, state); // by far the most frequent
      case Hold hold -> hold(hold, late, state);
      case Operation<?> operation -> operate(operation, late, state);
      case Run<?> run -> run(run, late, state);
      case Subscribe subscribe -> {
        state.expire();
        state.listen(subscribe.listener());
        yield reply(subscribe, state.entries.exists(), late, state);
      }
      case Watch watch -> watch(watch, late, state);
    };
  }

  private static Next<State> watch(Watch watch, @Nullable From<?> late, State state) {
    state.expire();
    state.settle();
    return state.entries.exists()
        ? reply(watch, state.watched(watch.listener(), watch.from()), late, state)
        : replyAndPerhapsStop(watch, new Watched.Missing(), late, state);
  }

  private static <R> Next<State> operate(
      Operation<R> operation, @Nullable From<?> late, State state) {
    return perform(operation, operation, late, state);
  }

  private static <R> Next<State> run(Run<R> run, @Nullable From<?> late, State state) {
    return perform(run, run.work(), late, state);
  }

  private static <R> Next<State> job(Keyspace.Job<R> job, @Nullable From<?> late, State state) {
    return perform(job, job, late, state);
  }

  private static <R> Next<State> perform(
      Request<R> request, Work<R> work, @Nullable From<?> late, State state) {
    state.expire();
    R result = work.on(state.entries);
    state.settle();
    return replyAndPerhapsStop(request, result, late, state);
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

  // --- While it is held
  // ---------------------------------------------------------------------------

  /** Something it was asked, or told, while it was held. */
  private interface PutOff {
    void go();
  }

  /** What it may do now. */
  private enum Standing {
    /** Whatever it is asked. */
    FREE,
    /** Nothing: it is held. */
    HELD,
    /** Nothing more. */
    ENDING
  }

  private static Standing standing(State state) {
    return state.hold == null && state.putOff == null ? Standing.FREE : goOn(state);
  }

  /** Does what was put off, if it is held no longer, until it is held again. */
  private static Standing goOn(State state) {
    while (!state.ending) {
      Hold hold = state.hold;
      if (hold == null) {
        PutOff next = state.putOff == null ? null : state.putOff.poll();
        if (next == null) {
          state.putOff = null;
          return Standing.FREE;
        }
        next.go();
        continue;
      }
      hold.await(); // and then look: see there
      if (hold.isOver()) {
        state.hold = null;
        state.resume(hold);
      } else if (state.hold == hold) {
        return Standing.HELD;
      }
    }
    return Standing.ENDING;
  }

  private static Next<State> hold(Hold hold, @Nullable From<?> late, State state) {
    state.expire();
    state.settle();
    boolean taken = hold.take(state, state.entries);
    if (taken) {
      state.hold = hold;
    }
    return reply(hold, taken, late, state);
  }

  private static Next<State> putOff(Request<?> request, From<?> from, State state) {
    if (request instanceof Hold hold && !hold.mayWait()) {
      return hold.reply(false, state);
    }
    if (request instanceof Keyspace.Job<?> job && !job.mayWait()) {
      return refuse(job, state);
    }
    state.putOff(() -> answer(request, from, state));
    return Next.noReply(state);
  }

  @SuppressWarnings("NullAway") // nobody looks at the result of what was not done
  private static <R> Next<State> refuse(Keyspace.Job<R> job, State state) {
    job.putOff();
    return job.reply(null, state);
  }

  // --- What it is told
  // ----------------------------------------------------------------------------

  @Override
  public Next<State> handleCast(Notice notice, State state) {
    return told(notice, () -> hear(notice, state), state);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) throws Exception {
    return switch (message) {
      case Down down -> told(down, () -> hear(down, state), state);
      case Due due -> told(due, () -> hear(due, state), state);
      default -> GenServer.super.handleInfo(message, state);
    };
  }

  /** Hears of something now, or once it is held no longer. */
  private static Next<State> told(Object what, PutOff hear, State state) {
    Standing standing = standing(state);
    if (standing == Standing.ENDING) {
      return Next.stop(ExitReason.NORMAL, state);
    }
    if (standing == Standing.FREE) {
      hear.go();
    } else if (!(what instanceof GoOn || what instanceof Rest)) { // who is held does not rest
      state.putOff(hear);
    }
    return state.ending ? Next.stop(ExitReason.NORMAL, state) : Next.noReply(state);
  }

  private static void hear(Notice notice, State state) {
    boolean leaves = false;
    switch (notice) {
      case Called(BucketRef bucket, Entries entries) -> {
        state.bucket = bucket;
        state.entries = entries;
      }
      case Keep() -> {
        state.expire();
        var _ = new Operation.Keep().on(state.entries);
      }
      case Flush() -> {
        state.expire();
        leaves = state.entries.exists(); // or it has only just started, for who uses it
        if (leaves) {
          state.entries.apply(new Change.Dropped());
        }
      }
      case Rest() -> state.ending = state.mayRest();
      case Leave() -> {
        state.late = false;
        state.expire();
        leaves = true;
      }
      case GoOn() -> {
        return;
      }
    }
    state.settle();
    if (leaves && !state.ends() && notice instanceof Leave && state.bucket != null && !state.late) {
      state.bucket.census().stays();
    }
  }

  private static void hear(Down down, State state) {
    if (state.listeners.remove(down.ref()) != null) {
      state.watch();
    }
  }

  private static void hear(Due due, State state) {
    if (due.at != state.timerAt) {
      return;
    }
    state.timer = null;
    state.timerAt = 0;
    state.expire();
    state.settle();
    var _ = state.ends();
  }

  /** Shows the name and the number of keys: what users keep is not for logs. */
  @Override
  public StatusReport formatStatus(StatusReport status) {
    StatusReport shown = status;
    if (status.state() instanceof State state) {
      int keys = state.entries.size();
      int listeners = state.listeners.size();
      String name = Bytes.text(state.entries.name());
      shown =
          status.state("bucket %s with %d keys and %d listeners".formatted(name, keys, listeners));
    }
    return status.message().isPresent()
        ? shown.message(status.message().get().getClass().getSimpleName())
        : shown;
  }
}
