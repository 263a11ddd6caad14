package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lock on one bucket for a command on several. From its answer on, the bucket's process defers
 * all requests, and the command's thread uses its entries.
 *
 * <p>Single use, for one command and one bucket. The fields say which thread uses them.
 */
final class BucketLock implements BucketServer.Request<Boolean>, Entries.Observer {
  /*
   *            the bucket's process             the command's thread
   *
   *   ASKED    takes it, answers true  ------>  LOCKED
   *                                             changes the entries
   *                                             once the journal has the changes, unlocks it:
   *            FREE                    <------  either at once (state.lock = null)
   *            resumes: see resume     <------  or by a message, if the process has work left
   *
   * While the bucket is locked, its process touches nothing but "awaited", which says that it has
   * deferred something. The process writes it, and then checks whether it is still locked. The
   * command's thread unlocks the bucket, and then reads it. So either the process sees that it is
   * unlocked, or it gets a message.
   *
   * The command's thread may die at any point. So the outcome of the command is one write, which
   * cannot fail, and each process acts on it before it does anything else.
   */

  /** The outcome of one command. Shared by all of its locks. */
  static final class Outcome {
    private static final int OPEN = 0;
    private static final int COMMITTED = 1;
    private static final int FAILED = 2;

    private volatile int state = OPEN;
    private long moment; // of the command, once it runs; used by its thread

    /** The command starts at this moment, in milliseconds since 1970. */
    void startsAt(long now) {
      moment = now;
    }

    /** The command has taken effect. */
    void committed() {
      state = COMMITTED;
    }

    /** The command is undone. */
    void failed() {
      state = FAILED;
    }
  }

  private final BucketRef bucket;
  private final boolean mayWait;
  private final Outcome outcome;

  // Written by the bucket's process before it answers.
  private BucketServer.@Nullable State locked;
  private Entries.@Nullable Observer observer; // the one before the lock
  private long nextDeadline; // before the lock

  // Used by the command's thread until the bucket is unlocked; then by the bucket's process.
  private @Nullable List<Event> events; // of all locked buckets; null once this one is unlocked
  private boolean changed; // a change has begun
  private Entries.@Nullable UndoLog undo; // only in memory: a durable bucket is loaded again
  private @Nullable List<NumberedChange> changes; // that the observer has not been told
  private boolean mustWake = true; // the process must get a message

  private volatile boolean awaited; // the bucket's process has deferred something

  /**
   * A request to lock a bucket.
   *
   * @param mayWait whether to wait if another command has locked it; otherwise the answer is false
   * @param events where the events of the command are added
   */
  BucketLock(BucketRef bucket, boolean mayWait, Outcome outcome, List<Event> events) {
    this.bucket = bucket;
    this.mayWait = mayWait;
    this.outcome = outcome;
    this.events = events;
  }

  BucketRef bucket() {
    return bucket;
  }

  boolean mayWait() {
    return mayWait;
  }

  // --- In the bucket's process

  /** Locks the bucket; false if the command is over already. */
  boolean take(BucketServer.State own) {
    if (isOver()) {
      return false;
    }
    observer = own.observer();
    nextDeadline = own.nextDeadline();
    own.observe(this);
    locked = own;
    return true;
  }

  /** Whether the command is over, and the bucket so unlocked. */
  boolean isOver() {
    return outcome.state != Outcome.OPEN;
  }

  /** Notes that something was deferred until the command is over. */
  void await() {
    awaited = true;
  }

  /**
   * Ends the lock: keeps the command's changes, or undoes them. Returns false if the process must
   * end, so that a new one loads the stored entries.
   */
  boolean resume(Entries own) {
    own.observe(observer);
    if (!changed) {
      return true;
    }
    if (outcome.state == Outcome.COMMITTED) {
      own.pending().appended();
      return true;
    }
    changes = null;
    if (undo != null) {
      own.undo(undo);
      return true;
    }
    return false;
  }

  /** Tells an observer the changes that it has not been told. */
  void tell(Entries.Observer to) {
    if (changes != null) {
      changes.forEach(each -> to.changed(each.change(), each.seq()));
      changes = null;
    }
  }

  // --- On the command's thread

  Entries entries() {
    if (locked == null) {
      throw new IllegalStateException(bucket + " is not locked");
    }
    return locked;
  }

  boolean hasChanged() {
    return changed;
  }

  @Override
  public void changing(Entries own, Change change) {
    if (!own.pending().areRecorded()) {
      if (undo == null) {
        undo = own.undoLog();
      }
      undo.record(own, change);
    }
    changed = true;
  }

  @Override
  public void changed(Change change, long seq) {
    if (observer != null) {
      if (changes == null) {
        changes = new ArrayList<>();
      }
      changes.add(new NumberedChange(change, seq));
    }
  }

  /** All commands of a transaction run at one moment. */
  @Override
  public long now(Environment environment) {
    return outcome.moment;
  }

  @Override
  public boolean tells(Event event) {
    return events != null && events.add(event);
  }

  /**
   * Unlocks the bucket, once the journal of a durable store has the command's changes. Readers see
   * them. If the process has no work left, the bucket is free.
   */
  void unlock() {
    BucketServer.State own = locked;
    if (own == null || isOver()) {
      return; // it was never locked, or its process does this itself
    }
    own.observe(observer);
    if (changed) {
      own.pending().appended();
    }
    events = null;
    undo = null;
    bucket.publish(own);
    long next = own.nextDeadline();
    mustWake = changes != null || !own.exists() || (next != 0 && next != nextDeadline);
    if (!mustWake) {
      own.trim();
      own.free();
      mustWake = awaited;
    }
  }

  /** Sends the process a message if it has work left. The outcome is written. */
  void wake() {
    if (mustWake) {
      bucket.unlocked();
      mustWake = false;
    }
  }
}
