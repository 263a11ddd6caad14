package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time in which this node leads, from its first moment to its last: the right to propose
 * commands. Once it is over, it never comes back; the node may get another one. Any thread may use
 * it.
 *
 * <p>A future that it returns is completed by the thread that applies commands, which must not be
 * held up.
 */
public final class Leadership {
  /*
   * One entry at a time is under way. The commands that come meanwhile wait, and become the next
   * entry together: an entry costs the nodes a thousand times as much as a command in it. One at a
   * time, too, because a command must not be committed if one before it is not.
   *
   *   propose, confirm -> waiting -> entry under way -> committed here: futures succeed
   *                          |              |
   *                          |              +-> refused or unknown: the leadership is over
   *                          +-> the leadership is over: futures fail, never proposed
   *
   * A leader that was cut off, or stopped, may not know that another one leads. It is certain of its
   * leadership for CERTAIN_NANOS after it proposed an entry, once that entry is committed. For then
   * a majority has the entry in its logs. Only a node that has it too can win an election, and that
   * node waits for TIMEOUT after it got the entry before it stands for one. So no other node led at
   * any moment in between. The margin is for clocks that do not run alike.
   */

  /** How long a node hears nothing of a leader before it stands for election, at least. */
  static final long TIMEOUT_MILLIS = 300;

  private static final long CERTAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS * 9 / 10);

  /** A leadership that is in use is confirmed again when it is certain for less than this. */
  private static final long RENEW_NANOS = CERTAIN_NANOS * 2 / 3;

  /** An entry with more bytes has only one command. */
  static final int ENTRY_BYTES = 64 << 10;

  /** The largest command. */
  public static final int MOST_BYTES = 8_000_000;

  /** Gives entries to the engine. */
  interface Engine {
    /**
     * Proposes an entry. Never throws.
     *
     * @return the index of the entry, once it is committed and applied here; or a {@link NotLeader}
     */
    CompletableFuture<Long> propose(byte[] entry);
  }

  /**
   * Who waits for an entry.
   *
   * @param command null for a marker
   */
  private record Waiting(@Nullable ByteBuffer command, CompletableFuture<Long> done) {
    int bytes() {
      return command == null ? 0 : Packet.PER_COMMAND + command.remaining();
    }
  }

  private final long term;
  private final Engine engine;
  private final LongSupplier nanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Waiting> waiting = new ArrayDeque<>(); // bounded by those who wait
  private @Nullable Waiting marker; // the last one in the queue, for all who confirm
  private boolean underWay;
  private @Nullable CompletableFuture<Void> resigned; // completed when nothing is under way
  private volatile @Nullable NotLeader over; // written under the lock
  private volatile long certainUntil; // written by the thread that applies
  private final AtomicBoolean renewing = new AtomicBoolean();
  private final BucketStore.Lease lease = new Renewed();

  /**
   * Begins.
   *
   * @param term in which this node leads
   * @param nanos the clock, as {@link System#nanoTime}
   */
  Leadership(long term, Engine engine, LongSupplier nanos) {
    this.term = term;
    this.engine = engine;
    this.nanos = nanos;
    this.certainUntil = nanos.getAsLong() - 1;
  }

  /** The number of this leadership: each one has a greater number than all before, of any node. */
  public long term() {
    return term;
  }

  /** Whether it is over, as far as this node knows. */
  public boolean isOver() {
    return over != null;
  }

  /**
   * Proposes a command. Commands are committed in the order of their proposals, and none is without
   * all before it.
   *
   * @param command not changed by the caller any more; at most {@link #MOST_BYTES}
   * @return the index of the command's entry, once it is committed, and applied here. Fails with
   *     {@link NotLeader}, which says whether the command may be done nevertheless
   * @throws IllegalArgumentException if the command is larger
   */
  public CompletableFuture<Long> propose(byte[] command) {
    if (command.length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "a command has at most %,d bytes; this one has %,d"
              .formatted(MOST_BYTES, command.length));
    }
    var asking = new Waiting(ByteBuffer.wrap(command), new CompletableFuture<>());
    lock.lock();
    try {
      if (over != null) {
        return CompletableFuture.failedFuture(over);
      }
      waiting.add(asking);
    } finally {
      lock.unlock();
    }
    proposeNext();
    return asking.done;
  }

  /**
   * Whether no other node led until now: what this node has applied is all that was ever committed.
   * If not, {@link #confirm} finds out.
   */
  public boolean isCertain() {
    return certainUntil - nanos.getAsLong() > 0 && over == null;
  }

  /**
   * Asks the other nodes whether this one still leads, at once for all who ask meanwhile.
   *
   * @return completed if no other node led at the moment of this call. Fails with {@link NotLeader}
   *     if it is not certain
   */
  public CompletableFuture<Void> confirm() {
    return isCertain() ? CompletableFuture.completedFuture(null) : ask();
  }

  private CompletableFuture<Void> ask() {
    Waiting asking;
    lock.lock();
    try {
      if (over != null) {
        return CompletableFuture.failedFuture(over);
      }
      asking = marker;
      if (asking == null) {
        asking = new Waiting(null, new CompletableFuture<>());
        marker = asking;
        waiting.add(asking);
      }
    } finally {
      lock.unlock();
    }
    proposeNext();
    return asking.done.thenAccept(_ -> {});
  }

  /**
   * The same for a store. While it is used, the leadership is confirmed before it is not certain
   * any more, so that readers seldom wait.
   */
  BucketStore.Lease lease() {
    return lease;
  }

  private final class Renewed implements BucketStore.Lease {
    @Override
    public boolean isCertain() {
      if (!Leadership.this.isCertain()) {
        return false;
      }
      if (certainUntil - nanos.getAsLong() < RENEW_NANOS && renewing.compareAndSet(false, true)) {
        var _ = ask().whenComplete((_, _) -> renewing.set(false));
      }
      return true;
    }

    @Override
    public CompletableFuture<Void> confirm() {
      return Leadership.this.confirm();
    }
  }

  private void proposeNext() {
    List<Waiting> next;
    lock.lock();
    try {
      if (underWay || waiting.isEmpty()) {
        return;
      }
      next = take();
      underWay = true;
    } finally {
      lock.unlock();
    }
    long begun = nanos.getAsLong();
    var commands = new ArrayList<ByteBuffer>(next.size());
    for (Waiting one : next) {
      if (one.command != null) {
        commands.add(one.command);
      }
    }
    var _ =
        engine
            .propose(new Packet(term, commands).toBytes())
            .whenComplete((index, failure) -> settled(next, begun, index, failure));
  }

  /** Takes what goes into one entry. */
  private List<Waiting> take() {
    var next = new ArrayList<Waiting>();
    int bytes = Packet.HEADER;
    while (true) {
      Waiting first = waiting.peek();
      if (first == null || (!next.isEmpty() && bytes + first.bytes() > ENTRY_BYTES)) {
        return next;
      }
      bytes += first.bytes();
      next.add(waiting.remove());
      if (first == marker) {
        marker = null;
      }
    }
  }

  private void settled(
      List<Waiting> entry, long begun, @Nullable Long index, @Nullable Throwable failure) {
    if (failure != null || index == null) {
      Throwable why = failure instanceof CompletionException e ? e.getCause() : failure;
      if (why instanceof NotLeader now) {
        end(now.notDone()); // so nothing is proposed after it
      }
      nothingIsUnderWay();
      entry.forEach(one -> one.done.completeExceptionally(why));
      return;
    }
    certainUntil = begun + CERTAIN_NANOS;
    nothingIsUnderWay();
    proposeNext(); // before others are told: they may propose more
    entry.forEach(one -> one.done.complete(index));
  }

  private void nothingIsUnderWay() {
    CompletableFuture<Void> waits;
    lock.lock();
    try {
      underWay = false;
      waits = resigned;
    } finally {
      lock.unlock();
    }
    if (waits != null) {
      var _ = waits.complete(null);
    }
  }

  /**
   * Ends it before the engine does, so that another node may be made the leader at once: from now
   * on this one is certain of nothing.
   *
   * @return completed when no entry is under way any more
   */
  CompletableFuture<Void> resign(NotLeader why) {
    end(why);
    lock.lock();
    try {
      if (resigned == null) {
        resigned = new CompletableFuture<>();
        if (!underWay) {
          var _ = resigned.complete(null);
        }
      }
      return resigned;
    } finally {
      lock.unlock();
    }
  }

  /** It is over: what waits fails, and is never proposed. */
  void end(NotLeader why) {
    List<Waiting> left;
    lock.lock();
    try {
      if (over != null) {
        return;
      }
      over = why;
      marker = null;
      left = List.copyOf(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(one -> one.done.completeExceptionally(why));
  }
}
