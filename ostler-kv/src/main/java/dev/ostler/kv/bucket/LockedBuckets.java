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
 * Several buckets that are locked while a command runs on all of them. The command takes effect at
 * one moment, and as a whole or not at all, whatever is thrown meanwhile.
 *
 * <p>Used by the command's thread only. Single use: it locks one bucket after the other,
 * {@linkplain #run runs} the command, and unlocks all.
 */
public final class LockedBuckets implements WriteQueue.JointAppend {
  /*
   *   lock, lock, ...     each bucket's process answers, and from then on defers its requests
   *                       (BucketLock)
   *   run                 the command changes entries in memory; nobody sees it
   *   journal.append      the command is committed; anything thrown before this undoes all of it
   *   close               events are sent, readers see the changes, the outcome is written, and
   *                       buckets with work left are woken; anything thrown here undoes nothing
   *
   * Nothing here is recursive: a client chooses how many names a command has.
   */
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final Environment environment;
  private final BucketLock.Outcome outcome = new BucketLock.Outcome();
  private final List<BucketLock> locks = new ArrayList<>(); // in the order of the requests
  private final Map<String, BucketLock> byName = new HashMap<>(); // the buckets that have answered
  private boolean allDropped; // the command dropped all other buckets, too
  private final List<Event> events =
      new ArrayList<>(); // of all buckets, in the order in which they happened
  private boolean started;
  private boolean committed;
  private int unlocked; // so many, from the first on
  private int woken; // so many, from the first on

  public LockedBuckets(Environment environment) {
    this.environment = environment;
  }

  /**
   * Locks one more bucket. The caller locks buckets in the order of their names, which excludes
   * deadlocks.
   *
   * @param name the bucket's, as a byte string
   * @param mayWait whether this thread may wait while another command has locked the bucket
   * @throws Keyspace.WouldWait if this thread may not wait, and has to
   * @throws KvException.BucketGone if the bucket's process has ended
   */
  void lock(String name, BucketRef bucket, boolean mayWait) {
    Probe.at(Probe.Step.LOCK);
    var lock = new BucketLock(bucket, mayWait, outcome, events);
    locks.add(lock); // before the request: it is unlocked however this ends
    if (!bucket.ask(lock)) {
      throw new Keyspace.WouldWait();
    }
    byName.put(name, lock);
  }

  /** The entries of this name. If there is no such bucket they are empty and cannot be changed. */
  public Entries get(String name) {
    BucketLock lock = byName.get(name);
    return lock == null ? Entries.absent(name, environment) : lock.entries();
  }

  /** The locked bucket of this name; null if there is none. */
  public @Nullable BucketRef bucket(String name) {
    BucketLock lock = byName.get(name);
    return lock == null ? null : lock.bucket();
  }

  Set<String> names() {
    return byName.keySet();
  }

  /** Whether the command has started: then it must not be repeated. */
  boolean hasStarted() {
    return started;
  }

  /** The names of those locked buckets that exist now, in a new list. */
  List<String> existing() {
    var names = new ArrayList<String>();
    byName.forEach(
        (name, lock) -> {
          if (lock.entries().exists()) {
            names.add(name);
          }
        });
    return names;
  }

  /** The command has dropped all buckets, also those that are not locked. */
  void allDropped() {
    allDropped = true;
  }

  /** Whether no bucket exists besides the locked ones, because the command dropped all. */
  boolean isAllDropped() {
    return allDropped;
  }

  /**
   * Runs the command, and appends its changes to the journal, all or none.
   *
   * @throws KvException.BucketGone if one of the processes has ended meanwhile: nothing was done
   * @throws KvException.NotKept if the store refuses changes: nothing was done
   */
  <R> R run(Function<LockedBuckets, R> command) {
    started = true;
    outcome.startsAt(environment.clock().getAsLong());
    R result = command.apply(this);
    commit();
    return result;
  }

  /** Logs a failure of the command that is not a reply; returns what its caller gets. */
  KvException.Undone undone(Throwable failure) {
    LOG.log(
        Level.ERROR, "a command on " + locks.size() + " buckets failed, and is undone", failure);
    return new KvException.Undone(failure);
  }

  private void commit() {
    Probe.at(Probe.Step.COLLECT);
    var writes = new ArrayList<BucketStore.Write>();
    for (BucketLock each : locks) {
      if (each.hasChanged()) {
        writes.addAll(each.entries().pending().writes());
      }
    }
    Probe.at(Probe.Step.APPEND);
    environment.durability().append(writes, this);
    committed = true;
  }

  // A bucket that the command only read counts, too: if its process has ended, the command may
  // have seen what is no longer true.
  @Override
  public void check() {
    for (BucketLock each : locks) {
      if (each.bucket().hasEnded() || !each.bucket().isAlive()) {
        throw new KvException.BucketGone(each.bucket().name());
      }
    }
  }

  @Override
  public void appendedAt(long position) {
    committed = true;
    for (BucketLock each : locks) {
      if (each.hasChanged()) {
        each.bucket().appendedAt(position, each.entries().pending().removeTheBucket());
      }
    }
  }

  /**
   * Sends the events so far, unless replies wait until changes are durable: then the events wait,
   * too. Called before a command of a transaction that others notice in another way.
   */
  public void tellNow() {
    if (!environment.durability().repliesWait()) {
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
    if (durability.repliesWait()) {
      durability.durable().whenReached(position(), () -> Event.tell(all, environment));
    } else {
      Event.tell(all, environment);
    }
  }

  /** The position in the journal of the last change in any of these buckets. */
  long position() {
    long last = 0;
    for (BucketLock each : locks) {
      last = Math.max(last, each.bucket().position());
    }
    return last;
  }

  /** Shows readers the entries as they are now, while the buckets are still locked. */
  public void publish() {
    for (BucketLock each : locks) {
      each.bucket().publish(each.entries());
    }
  }

  /** Unlocks all buckets. If the command is not committed, their processes undo its changes. */
  void close() {
    try {
      finish();
    } catch (RuntimeException | Error e) {
      decide(); // from here on no bucket waits for this thread
      try {
        finish();
      } catch (RuntimeException | Error again) { // mostly, the process of this thread was killed
        LOG.log(Level.DEBUG, "locked buckets are woken on another thread", again);
        Thread.startVirtualThread(this::finish);
      }
    }
  }

  /** Unlocks and wakes the buckets. Continues where an earlier call has failed. */
  private void finish() {
    if (committed) {
      tell();
      for (; unlocked < locks.size(); unlocked++) {
        Probe.at(Probe.Step.UNLOCK);
        locks.get(unlocked).unlock();
      }
    }
    decide();
    for (; woken < locks.size(); woken++) {
      Probe.at(Probe.Step.WAKE);
      locks.get(woken).wake();
    }
  }

  /** Writes the outcome, which every bucket's process acts on. */
  private void decide() {
    if (committed) {
      outcome.committed();
    } else {
      outcome.failed();
    }
  }
}
