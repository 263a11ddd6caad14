package dev.ostler.kv;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Store;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A watch of a bucket, which tells somebody of each of its changes. {@link TypedBucket#watch}
 * begins it. Any thread may use it.
 *
 * <p>It is a process. It ends after it has told of an {@link BucketEvent.Ended}, when it is closed,
 * and with the process that began it, if a process did. The bucket never waits for it.
 */
public final class Watch implements AutoCloseable {
  /*
   * The process first monitors the bucket's process, and then asks it to tell of its changes: so it
   * learns the reason of each end. The bucket's process, or the journal's thread, queues changes in
   * the mailbox of this process, which passes them on. The end of the bucket's process is a DOWN. It
   * may come before changes that are not durable yet: so the process then asks the handle to send
   * it Over after these.
   */

  /** The most changes that wait for a watch. With one more, it ends. */
  public static final int MOST_WAITING = 10_000;

  /** About the most bytes of keys and values that wait for a watch. With more, it ends. */
  public static final long MOST_WAITING_BYTES = 16L * 1024 * 1024;

  /** A change to pass on. */
  private record Told(Change change, long number) {}

  /** Nothing more comes. */
  private record Over(BucketEvent.End why) {}

  /** Takes what a watch tells. Used by the watch's process. */
  interface Sink {
    /** A change. While this waits, later changes wait, too. */
    void changed(Change change, long number) throws InterruptedException;

    /** Nothing more comes. */
    void ended(long number, BucketEvent.End why);

    /** The process ends, for whatever reason. It is the last call. */
    default void over() {}
  }

  private final Store store;
  private final Sink sink;
  private final CompletableFuture<BucketServer.Observed> begun = new CompletableFuture<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Pid pid; // its process does not use this
  private volatile boolean closed;
  private volatile boolean slow; // nothing is queued any more
  private volatile long from;

  private Watch(Store store, BucketRef bucket, long from, Sink sink) {
    this.store = store;
    this.sink = sink;
    Optional<Pid> owner = Self.isProcess() ? Optional.of(Self.pid()) : Optional.empty();
    pid = Processes.spawn("kv watch", () -> run(owner, bucket, from));
  }

  /** The number of the last change before those that the watch tells of. */
  public long from() {
    return from;
  }

  /** The process of the watch: to monitor it, for instance. */
  public Pid pid() {
    return pid;
  }

  /**
   * Ends the watch, without an {@link BucketEvent.Ended}. No call of its listener begins any more,
   * but one may just be running: its thread is interrupted, unless it is the one that calls this.
   * Closing twice changes nothing.
   */
  @Override
  public void close() {
    closed = true;
    if (!Self.isProcess() || !Self.pid().equals(pid)) {
      pid.exit(ExitReason.SHUTDOWN);
    }
  }

  // --- How it begins

  /** Begins a watch, see {@link TypedBucket#watch}. */
  static Watch begin(Store store, BucketRef bucket, long from, Sink sink) {
    var watch = new Watch(store, bucket, from, sink);
    try {
      watch.from =
          switch (watch.begun.join()) {
            case BucketServer.Observed.From(long last) -> begun(from, last);
            case BucketServer.Observed.Missing() -> throw new KvException.BucketGone(bucket.name());
            case BucketServer.Observed.NotKnown(long last) ->
                throw new KvException.Gap(bucket.name(), from, last);
          };
      return watch;
    } catch (CompletionException e) {
      watch.close();
      switch (e.getCause()) {
        case RuntimeException why -> throw why;
        case Error why -> throw why;
        case null, default -> throw e;
      }
    } catch (RuntimeException | Error e) {
      watch.close();
      throw e;
    }
  }

  private static long begun(long from, long last) {
    return from == BucketServer.NOW ? last : from;
  }

  private static long bytes(Change change) {
    return switch (change) {
      case Change.Put(String key, String value) -> key.length() + value.length();
      case Change.Removed(String key) -> key.length();
      case Change.KeyDeadline(String key, long _) -> key.length();
      case Change.Text(String value) -> value.length();
      case Change.Deadline _, Change.Kept _, Change.Dropped _ -> 0;
    };
  }

  // --- What its process does

  private void run(Optional<Pid> owner, BucketRef bucket, long after) throws InterruptedException {
    try {
      Optional<MonitorRef> ofOwner = owner.map(Self::monitor);
      BucketRef followed = observe(bucket, after);
      if (followed != null) {
        tellAll(followed, after, ofOwner);
      }
    } finally {
      var _ = begun.completeExceptionally(new IllegalStateException("the watch was ended"));
      sink.over();
    }
  }

  /** Has the bucket tell of its changes. Returns the one that does; null if none does. */
  private @Nullable BucketRef observe(BucketRef bucket, long after) {
    var listener = new Queueing(Self.pid());
    var followed = new AtomicReference<@Nullable BucketRef>();
    Function<BucketRef, BucketServer.Observed> observe =
        process -> {
          MonitorRef ref = Self.monitor(process.pid());
          try {
            BucketServer.Observed observed = process.observe(listener, after);
            followed.set(observed instanceof BucketServer.Observed.From ? process : null);
            return observed;
          } catch (KvException.BucketGone e) { // the next one may be there
            Self.demonitor(ref, true);
            throw e;
          }
        };
    try {
      begun.complete(
          store.environment().isDurable()
              ? store.use(bucket.name(), observe).orElseGet(BucketServer.Observed.Missing::new)
              : observe.apply(bucket));
    } catch (RuntimeException | Error e) {
      begun.completeExceptionally(e);
    }
    return followed.get();
  }

  /** Queues changes for this process. Called by one other thread at a time. */
  private final class Queueing implements BucketServer.Listener {
    private final Pid self;

    Queueing(Pid self) {
      this.self = self;
    }

    @Override
    public Pid pid() {
      return self;
    }

    @Override
    public void changed(Change change, long number) {
      if (slow) {
        return;
      }
      int count = waiting.incrementAndGet();
      long bytes = waitingBytes.addAndGet(bytes(change));
      if (count > MOST_WAITING || (count > 1 && bytes > MOST_WAITING_BYTES)) {
        slow = true;
        self.send(new Over(new BucketEvent.End.Slow()));
      } else {
        self.send(new Told(change, number));
      }
    }
  }

  private void tellAll(BucketRef followed, long after, Optional<MonitorRef> ofOwner)
      throws InterruptedException {
    Pid self = Self.pid();
    long last =
        begun.join() instanceof BucketServer.Observed.From(long number) ? begun(after, number) : 0;
    while (!closed) {
      switch (Self.receive()) {
        case Told(Change change, long number) -> {
          last = number;
          sink.changed(change, number);
          waiting.decrementAndGet();
          waitingBytes.addAndGet(-bytes(change));
        }
        case Down down -> {
          if (ofOwner.filter(down.ref()::equals).isPresent()) {
            return;
          }
          BucketEvent.End why = why(followed, down.reason());
          followed.whenSettled(() -> self.send(new Over(why)));
        }
        case Over(BucketEvent.End why) -> {
          sink.ended(last, why);
          return;
        }
        default -> {} // a message from elsewhere does not concern the bucket
      }
    }
  }

  /** Why the bucket's process has ended for this reason. A bucket in memory is gone with it. */
  private BucketEvent.End why(BucketRef bucket, ExitReason reason) {
    boolean gone = bucket.wasRemoved() || !store.environment().isDurable();
    if (gone && reason.equals(ExitReason.NORMAL)) {
      return new BucketEvent.End.Gone();
    }
    return store.isClosed()
        ? new BucketEvent.End.Closed()
        : new BucketEvent.End.ProcessEnded(reason);
  }

  @Override
  public String toString() {
    return "watch " + pid;
  }
}
