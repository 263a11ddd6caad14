package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One bucket that is held for a command on several: from its answer on, the bucket's process puts
 * off all it is asked, and whoever runs the command works with its entries.
 *
 * <p>Made for one command and one bucket. The fields say whose they are.
 */
final class Hold implements BucketServer.Request<Boolean>, Entries.Observer {
  /*
   *            the bucket's process             who runs the command
   *
   *   ASKED    takes it, answers true  ------>  HELD
   *                                             changes the entries
   *                                             let go of, once the journal has the changes:
   *            FREE                    <------  either at once (state.hold = null)
   *            goes on: see resume     <------  or told to, as there is something left to do
   *
   * While it is held the process touches nothing but "awaited", which says that it puts something
   * off. The process writes it, and then looks whether it is still held; who lets go does so, and
   * then reads it. So either the process sees that it is free, or it is told.
   *
   * What a bucket becomes of a command that failed does not hang on whoever runs that: the outcome
   * is one write, which cannot fail, and each process acts on it before it does anything else.
   */

  /** What became of a command. Shared by all that are held for it. */
  static final class Outcome {
    private static final int OPEN = 0;
    private static final int KEPT = 1;
    private static final int FAILED = 2;

    private volatile int state = OPEN;

    /** It was done, and is kept if anything is. */
    void kept() {
      state = KEPT;
    }

    /** Nothing of it is to be left. */
    void failed() {
      state = FAILED;
    }
  }

  private record News(Change change, long seq) {}

  private final BucketRef bucket;
  private final boolean mayWait;
  private final Outcome outcome;

  // Written by the bucket's process before it answers.
  private @Nullable Entries entries;
  private BucketServer.@Nullable State state;
  private Entries.@Nullable Observer hearing; // who heard of changes before
  private long wake; // when something of it was to go next

  // Of whoever runs the command, until the bucket goes on; then of its process.
  private @Nullable List<Event> events; // of all buckets; null once it is let go of
  private boolean changed; // perhaps only in part
  private Entries.@Nullable Before before; // nothing is kept, and this is how it was
  private @Nullable List<News> news;
  private boolean mustHear = true;

  private volatile boolean awaited; // the bucket's process puts something off

  /**
   * A request to hold a bucket.
   *
   * @param mayWait whether to wait for it if it is held by another; else the answer is false
   * @param events what happens is added here
   */
  Hold(BucketRef bucket, boolean mayWait, Outcome outcome, List<Event> events) {
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

  // --- The bucket's process
  // -----------------------------------------------------------------------

  /** The bucket is held from now on; false if nobody wants that any more. */
  boolean take(BucketServer.State by, Entries own) {
    if (isOver()) {
      return false;
    }
    state = by;
    entries = own;
    hearing = own.observer();
    wake = own.nextDeadline();
    own.observe(this);
    return true;
  }

  /** Whether the command is over: the bucket goes on. */
  boolean isOver() {
    return outcome.state != Outcome.OPEN;
  }

  /** Something is put off until it is over. */
  void await() {
    awaited = true;
  }

  /**
   * Takes back, or forgets, what the command has changed; false if that takes a new process, which
   * reads what is kept.
   */
  boolean resume(Entries own) {
    own.observe(hearing);
    if (!changed) {
      return true;
    }
    if (outcome.state == Outcome.KEPT) {
      own.pending().appended();
      return true;
    }
    news = null;
    if (before != null) {
      own.restore(before);
      return true;
    }
    return false;
  }

  /** Shows what listeners have not heard yet. */
  void tell(Entries.Observer listeners) {
    if (news != null) {
      news.forEach(each -> listeners.changed(each.change, each.seq));
      news = null;
    }
  }

  // --- Whoever runs the command
  // -------------------------------------------------------------------

  Entries entries() {
    if (entries == null) {
      throw new IllegalStateException(bucket + " is not held");
    }
    return entries;
  }

  boolean hasChanged() {
    return changed;
  }

  @Override
  public void changing(Entries own, Change change) {
    if (!own.pending().areRecorded()) {
      if (before == null) {
        before = own.before();
      }
      before.note(own, change);
    }
    changed = true;
  }

  @Override
  public void changed(Change change, long seq) {
    if (hearing != null) {
      if (news == null) {
        news = new ArrayList<>();
      }
      news.add(new News(change, seq));
    }
  }

  @Override
  public boolean tells(Event event) {
    return events != null && events.add(event);
  }

  /**
   * The journal has all that the command changed, if there is one: readers see it, and if that is
   * all there is to do, the bucket is free.
   */
  void letGo() {
    if (entries == null || state == null || isOver()) {
      return; // it was never held, or its process does this itself
    }
    entries.observe(hearing);
    if (changed) {
      entries.pending().appended();
    }
    events = null;
    before = null;
    bucket.show(entries);
    long next = entries.nextDeadline();
    mustHear = news != null || !entries.exists() || (next != 0 && next != wake);
    if (!mustHear) {
      state.free();
      mustHear = awaited;
    }
  }

  /** The outcome is known: the bucket goes on, if it has not. */
  void release() {
    if (mustHear) {
      bucket.goOn();
      mustHear = false;
    }
  }
}
