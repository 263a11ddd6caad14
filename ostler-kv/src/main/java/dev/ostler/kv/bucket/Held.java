package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.WriteQueue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Several buckets that wait while a command works on them: what it does is done at one moment, and
 * wholly or not at all, whatever is thrown meanwhile.
 *
 * <p>Used by one thread, that of the command, and once: it takes one bucket after the other,
 * {@linkplain #work works}, and lets all go.
 */
public final class Held implements WriteQueue.Joint {
  /*
   *   take, take, ...     a bucket's process answers, and puts off what it is asked (Hold)
   *   work                entries are changed in memory, and nobody sees it
   *   journal.append      from here on it is done: before, whatever is thrown undoes all of it
   *   close               listeners are told, readers see it, the outcome is written, and buckets
   *                       that have to hear of it are told; what is thrown changes nothing more
   *
   * Nothing calls itself: a command has as many names as its client likes.
   */
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final Environment environment;
  private final Hold.Outcome outcome = new Hold.Outcome();
  private final List<Hold> holds = new ArrayList<>(); // in the order in which they were asked for
  private final Map<String, Hold> byName = new HashMap<>(); // those that are held
  private boolean flushed; // all others were dropped
  private final List<Event> events = new ArrayList<>(); // of all, in the order they happen
  private boolean begun;
  private boolean kept; // it is done
  private int settled; // so many
  private int released; // so many

  public Held(Environment environment) {
    this.environment = environment;
  }

  /**
   * Holds this bucket, too. Buckets are to be held in the order of their names, so that nobody
   * waits in a circle.
   *
   * @param mayWait whether this thread may wait for another who holds it
   * @throws Keyspace.WouldWait if it may not, and would have to
   * @throws KvException.BucketGone if it has ended
   */
  void take(BucketRef bucket, boolean mayWait) {
    Probe.at(Probe.Step.HOLD);
    var hold = new Hold(bucket, mayWait, outcome, events);
    holds.add(hold); // before it is held: it is let go of however this ends
    if (!bucket.ask(hold)) {
      throw new Keyspace.WouldWait();
    }
    byName.put(bucket.rawName(), hold);
  }

  /** The entries of this name; those of no bucket, not to be changed, if there is none. */
  public Entries get(String name) {
    Hold hold = byName.get(name);
    return hold == null ? Entries.absent(name, environment) : hold.entries();
  }

  /** The bucket of this name that is held; null if there is none. */
  @Nullable BucketRef bucket(String name) {
    Hold hold = byName.get(name);
    return hold == null ? null : hold.bucket();
  }

  Set<String> names() {
    return byName.keySet();
  }

  /** Whether the work was begun: then it must not be begun again. */
  boolean hasBegun() {
    return begun;
  }

  /** The names of those that are there now, in a list of its own. */
  List<String> existing() {
    var names = new ArrayList<String>();
    byName.forEach(
        (name, hold) -> {
          if (hold.entries().exists()) {
            names.add(name);
          }
        });
    return names;
  }

  /** Every bucket was dropped that is not held, too. */
  void flushed() {
    flushed = true;
  }

  /** Whether there is none but those that are held. */
  boolean isFlushed() {
    return flushed;
  }

  /**
   * Does something with all that is held, and has what that changed kept, all or nothing.
   *
   * @throws KvException.BucketGone if one of the processes has ended meanwhile: nothing was done
   * @throws KvException.NotKept if it cannot be kept: nothing was done
   */
  <R> R work(Function<Held, R> work) {
    begun = true;
    R result = work.apply(this);
    commit();
    return result;
  }

  /** What is told of a failure that is nobody's answer. */
  KvException.Undone undone(Throwable failure) {
    LOG.log(
        Level.ERROR, "a command on " + holds.size() + " buckets failed, and is undone", failure);
    return new KvException.Undone(failure);
  }

  private void commit() {
    Probe.at(Probe.Step.COLLECT);
    var writes = new ArrayList<BucketStore.Write>();
    for (Hold each : holds) {
      if (each.hasChanged()) {
        writes.addAll(each.entries().pending().writes());
      }
    }
    Probe.at(Probe.Step.APPEND);
    environment.durability().append(writes, this);
    kept = true;
  }

  // Nothing is kept if one of the processes has ended that were only read, either: what was seen
  // there may not be true any more.
  @Override
  public void check() {
    for (Hold each : holds) {
      if (each.bucket().hasEnded() || !each.bucket().isAlive()) {
        throw new KvException.BucketGone(each.bucket().name());
      }
    }
  }

  @Override
  public void at(long position) {
    kept = true;
    for (Hold each : holds) {
      if (each.hasChanged()) {
        each.bucket().at(position);
      }
    }
  }

  /**
   * Tells others what happened so far: once it is kept, if replies wait for that, too; else now,
   * before something is done that others hear of by another way.
   */
  public void tellNow() {
    if (!environment.durability().promises()) {
      tell();
    }
  }

  private void tell() {
    if (events.isEmpty()) {
      return;
    }
    Probe.at(Probe.Step.TELL);
    List<Event> all = List.copyOf(events);
    events.clear();
    Durability durability = environment.durability();
    if (durability.promises()) {
      durability.whenDurable(position(), () -> Event.tell(all, environment));
    } else {
      Event.tell(all, environment);
    }
  }

  /** Where the last change of any of them is in the journal. */
  long position() {
    long last = 0;
    for (Hold each : holds) {
      last = Math.max(last, each.bucket().position());
    }
    return last;
  }

  /** Lets readers see what there is now, while the buckets are still held. */
  public void show() {
    for (Hold each : holds) {
      each.bucket().show(each.entries());
    }
  }

  /** Lets all go; what was not kept is undone. */
  void close() {
    try {
      finish();
    } catch (RuntimeException | Error e) {
      end(); // no bucket waits for what follows
      try {
        finish();
      } catch (RuntimeException | Error again) { // the process of this thread was killed, mostly
        LOG.log(Level.DEBUG, "buckets that were held are told on another thread", again);
        Thread.startVirtualThread(this::finish);
      }
    }
  }

  /** Goes on where it was. */
  private void finish() {
    if (kept) {
      tell();
      for (; settled < holds.size(); settled++) {
        Probe.at(Probe.Step.LET_GO);
        holds.get(settled).letGo();
      }
    }
    end();
    for (; released < holds.size(); released++) {
      Probe.at(Probe.Step.RELEASE);
      holds.get(released).release();
    }
  }

  private void end() {
    if (kept) {
      outcome.kept();
    } else {
      outcome.failed();
    }
  }
}
