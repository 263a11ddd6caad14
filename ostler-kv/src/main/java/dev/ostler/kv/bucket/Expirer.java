package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Archive;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;

/**
 * The process that loads buckets of a durable store with something due, so that it expires. Buckets
 * in memory have the {@link AlarmClock}.
 *
 * <p>It waits for the disk: what it reads must include the last changes. While the disk is full,
 * nothing can expire for good, so it does nothing.
 */
public final class Expirer implements GenServer<Expirer.Idle, Call<Expirer, ?>, Cast<Expirer>> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final Duration TICK = Duration.ofMillis(50);

  /** How many due buckets are loaded at a time. */
  private static final int DUE = 1000;

  private final Keyspace keyspace;
  private final Archive archive;

  /** For the buckets of one store. */
  public Expirer(Keyspace keyspace, Archive archive) {
    this.keyspace = keyspace;
    this.archive = archive;
  }

  private record Tick() {}

  /** Its state: there is none. */
  record Idle() {}

  @Override
  public Init<Idle> init() {
    again();
    return Init.ok(new Idle());
  }

  private static void again() {
    var _ = Self.sendAfter(new Tick(), TICK);
  }

  @Override
  public Next<? extends Idle> handleInfo(Object message, Idle idle) throws Exception {
    if (!(message instanceof Tick)) {
      return GenServer.super.handleInfo(message, idle);
    }
    try {
      expireDue();
    } catch (OutOfMemoryError e) { // it must not end, because what expires frees memory
      FullHeap.log("buckets with something due were not loaded", e);
    }
    again();
    return Next.noReply(idle);
  }

  /** Loads buckets with something due, page by page, as long as that succeeds. */
  private void expireDue() {
    int done = DUE;
    int found = DUE;
    while (done > 0 && found == DUE && mayExpire()) {
      List<String> due = due();
      found = due.size();
      done = 0;
      for (String name : due) {
        done += mayExpire() && expireIn(name) ? 1 : 0;
      }
    }
  }

  private boolean mayExpire() {
    return !archive.journal().hasFailed() && !archive.journal().hasNoRoom();
  }

  private List<String> due() {
    try {
      return archive.due(keyspace.environment().clock().getAsLong(), DUE);
    } catch (KvException e) {
      LOG.log(Level.DEBUG, "the due buckets cannot be read", e);
      return List.of();
    }
  }

  /** Loads one bucket. A bucket that cannot be loaded does not stop the others. */
  private boolean expireIn(String name) {
    try {
      var _ = keyspace.with(name, false, new Nothing());
      return true;
    } catch (KvException | CallException e) {
      LOG.log(Level.DEBUG, "a due bucket was not loaded, and expires when it is next used", e);
      return false;
    }
  }

  /** Any request expires what is due before it runs: this one does nothing else. */
  private static final class Nothing extends BucketTask<Boolean> {
    Nothing() {
      super(true);
    }

    @Override
    protected Boolean runOn(Entries entries) {
      return entries.exists();
    }
  }
}
