package dev.ostler.kv.bucket;

import dev.ostler.CallException;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Words;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Gate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way commands get at buckets, one at a time or several at once.
 *
 * <p>Any thread may use it. Buckets are held in the order of their names, and whoever holds one
 * waits for no bucket before it and for nothing else, so nobody waits in a circle.
 */
public final class Keyspace {
  /** How often buckets are looked up again that ended, or came, before they were used. */
  private static final int ATTEMPTS_AT_ALL = 100;

  /** How often it is insisted on that there is no new bucket at all meanwhile. */
  private static final int ATTEMPTS = 10;

  private static final long ANY = -1;

  private final Store store;
  private final BucketTable table;
  private final Environment environment;

  Keyspace(Store store, BucketTable table, Environment environment) {
    this.store = store;
    this.table = table;
    this.environment = environment;
  }

  /**
   * The command has to wait for something, on a thread that must not wait. Nothing was done: do it
   * again where it may wait. Has no stack: it is an answer, and no failure.
   */
  public static final class WouldWait extends RuntimeException {
    public WouldWait() {
      super("this has to wait", null, false, false);
    }
  }

  public BucketTable table() {
    return table;
  }

  public Environment environment() {
    return environment;
  }

  /**
   * Does something with a bucket's entries, in its process.
   *
   * @param creates whether the bucket is to be started if it is not there; else the work gets
   *     entries that are not to be changed
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   */
  public <R> R with(String name, boolean creates, boolean mayWait, Job<R> work) {
    return with(table.living(name), () -> name, creates, mayWait, work);
  }

  /** As {@link #with(String, boolean, boolean, Job)}, of the bucket this word names. */
  public <R> R with(Words words, int index, boolean creates, boolean mayWait, Job<R> work) {
    return with(table.living(words, index), () -> words.get(index), creates, mayWait, work);
  }

  private <R> R with(
      @Nullable BucketRef known,
      Supplier<String> asked,
      boolean creates,
      boolean mayWait,
      Job<R> work) {
    BucketRef bucket = known;
    work.mayWait = mayWait;
    for (int attempt = 1; ; attempt++) {
      if (bucket == null) {
        String name = asked.get();
        bucket = creates ? obtain(name, mayWait) : find(name, mayWait);
      }
      if (bucket == null) {
        String name = asked.get();
        work.position = position();
        return work.on(Entries.absent(name, environment));
      }
      try {
        R result = bucket.ask(work);
        if (work.isPutOff) {
          throw new WouldWait();
        }
        if (result == null) { // it was begun by one that was killed, and is known to none
          throw new KvException.BucketGone(bucket.name());
        }
        work.position = bucket.position();
        return result;
      } catch (KvException.BucketGone e) { // mostly between the lookup and its use
        if (attempt == ATTEMPTS_AT_ALL || work.hasBegun()) {
          var _ = work.callOff();
          throw e;
        }
        bucket = null;
      } catch (CallException e) {
        var _ = work.callOff(); // what it works with is about to be used for something else
        throw e;
      }
    }
  }

  /** Work that knows whether it has begun: then it must not be done again. Used once. */
  public abstract static non-sealed class Job<R> extends Undertaking
      implements BucketServer.Request<R>, BucketServer.Work<R> {
    private long position; // in the journal: what it saw and changed is durable when this is
    private boolean mayWait = true;
    private boolean isPutOff;

    /** Whether it may wait for a command that holds the bucket; else it is done again. */
    final boolean mayWait() {
      return mayWait;
    }

    /** It may not, and would have to: nothing was done. */
    final void putOff() {
      isPutOff = true;
    }

    @Override
    @SuppressWarnings("NullAway") // of what was called off nobody sees the result
    public final R on(Entries entries) {
      if (!begin()) {
        return null;
      }
      try {
        return doOn(entries);
      } finally {
        end();
      }
    }

    /** Does it; the result is never null. */
    protected abstract R doOn(Entries entries);

    public long position() {
      return position;
    }
  }

  /** Whether buckets are kept, and most of them not in memory. */
  public boolean isKept() {
    return environment.archive() != null;
  }

  /**
   * To be called before something may change: waits until there is room for it.
   *
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   * @throws KvException.NotKept if nothing can be kept
   */
  public void admitChange(boolean mayWait) {
    Archive archive = environment.archive();
    if (archive == null) {
      return;
    }
    archive.journal().check();
    if (archive.journal().isFull()) {
      mustWait(mayWait);
      archive.journal().awaitRoom();
    }
  }

  /** The position in the journal of all that was changed until now; 0 if nothing is kept. */
  public long position() {
    Archive archive = environment.archive();
    return archive == null ? 0 : archive.journal().seen();
  }

  private BucketRef obtain(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null) {
      mustWait(mayWait);
      bucket = store.obtain(name);
    }
    return bucket;
  }

  /**
   * The bucket of this name, or what is just becoming it; null if there is none.
   *
   * @throws WouldWait if this thread may not wait, and has to
   */
  public @Nullable BucketRef find(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null && environment.archive() != null) {
      mustWait(mayWait);
      bucket = store.fetch(name);
    }
    return bucket;
  }

  private static void mustWait(boolean mayWait) {
    if (!mayWait) {
      throw new WouldWait();
    }
  }

  /**
   * Does something while it holds all buckets of these names that there are.
   *
   * @param created those that are started if they are not there
   * @param mayWait whether this thread may wait for that
   * @param seen is told what the result depends on
   * @throws WouldWait if it may not, and would have to
   * @throws KvException.Undone if it failed half-way: nothing was done
   */
  public <R> R withAll(
      Collection<String> names,
      Collection<String> created,
      boolean mayWait,
      Gate seen,
      Function<Held, R> work) {
    for (int attempt = 1; ; attempt++) {
      long added = attempt <= ATTEMPTS ? table.added() : ANY;
      var buckets = new TreeMap<String, BucketRef>();
      var missing = new ArrayList<String>();
      var creating = new HashSet<>(created); // which no choice of names makes slow
      for (String name : names) {
        BucketRef bucket = creating.contains(name) ? null : find(name, mayWait);
        if (bucket != null) {
          buckets.put(name, bucket);
        } else if (!creating.contains(name)) {
          missing.add(name);
        }
      }
      var held = new Held(environment);
      try {
        for (String name : creating) {
          buckets.put(name, obtain(name, mayWait));
        }
        for (BucketRef bucket : buckets.values()) {
          held.take(bucket, mayWait);
        }
        expect(missing, added);
        R result = held.work(work);
        seen.need(missing.isEmpty() ? held.position() : position());
        return result;
      } catch (KvException.BucketGone e) {
        if (held.hasBegun() || attempt == ATTEMPTS_AT_ALL) {
          leave(creating, buckets);
          throw e;
        }
      } catch (KvException | CallException e) {
        leave(creating, buckets);
        throw e;
      } catch (Refusal | WouldWait e) {
        throw e;
      } catch (RuntimeException | VirtualMachineError e) {
        throw held.undone(e);
      } finally {
        held.close();
      }
    }
  }

  /** Those that were started for this are not used: they end, if there is nothing in them. */
  private static void leave(Collection<String> created, Map<String, BucketRef> buckets) {
    for (String name : created) {
      BucketRef bucket = buckets.get(name);
      if (bucket != null) {
        bucket.leave();
      }
    }
  }

  /**
   * Once all others are held: those that were not there are still not there. From this moment on,
   * what others see of one of them is later than what is done here.
   *
   * <p>Of several, one could have come after it was looked at and another have gone before: that is
   * sure not to be so if there was no new bucket at all meanwhile, or {@link #ANY}, where there are
   * new ones all the time.
   *
   * @throws KvException.BucketGone if one is: it has to be held, too
   */
  private void expect(List<String> missing, long added) {
    if (missing.size() > 1 && added != ANY && added != table.added()) {
      throw new KvException.BucketGone(Bytes.text(missing.getFirst()));
    }
    for (String name : missing) {
      if (table.living(name) != null) {
        throw new KvException.BucketGone(Bytes.text(name));
      }
    }
  }

  // --- All buckets
  // --------------------------------------------------------------------------------

  /**
   * How many buckets there are, see {@link BucketTable#size}.
   *
   * @param mayWait whether this thread may wait, as for all of these
   * @throws WouldWait if it may not, and would have to, as all of these
   */
  public long size(boolean mayWait) {
    return size(mayWait, null);
  }

  /** As {@link #size(boolean)}, with what was done to buckets that are held. */
  public long size(boolean mayWait, @Nullable Held held) {
    Archive archive = archive(mayWait);
    if (held != null && held.isFlushed()) {
      return held.existing().size();
    }
    if (archive == null) {
      return table.size();
    }
    long known = held == null ? 0 : archive.existing(held.names()).size();
    return archive.size() - known + (held == null ? 0 : held.existing().size());
  }

  /** How many of them go by themselves, as far as they are in memory. */
  public long expiring() {
    return table.expiring();
  }

  /** Shows all buckets there are, in no order. */
  public void forEachName(Consumer<? super String> each) {
    forEachName(null, each);
  }

  /** As {@link #forEachName(Consumer)}, with what was done to buckets that are held. */
  public void forEachName(@Nullable Held held, Consumer<? super String> each) {
    Archive archive = archive(true);
    if (held != null && (held.isFlushed() || archive != null)) {
      held.existing().forEach(each);
    }
    if (held != null && held.isFlushed()) {
      return;
    }
    if (held != null && archive != null) {
      archive.forEach(
          now(),
          (name, kind) -> {
            if (!held.names().contains(name)) {
              each.accept(name);
            }
          });
      return;
    }
    if (archive == null) {
      table.forEach(bucket -> each.accept(bucket.rawName()));
    } else {
      archive.forEach(now(), (name, kind) -> each.accept(name));
    }
  }

  /**
   * Shows some buckets. Who begins with 0 and goes on until it gets 0 is shown every one that is
   * there all the while, and may be shown some twice.
   *
   * @param cursor 0 to begin, else what the last call gave
   * @param count about how many to look at, at least 1
   */
  public long scan(long cursor, long count, boolean mayWait, Archive.Visitor visitor) {
    return scan(cursor, count, mayWait, null, visitor);
  }

  /**
   * As {@link #scan(long, long, boolean, Visitor)}, with what was done to buckets that are held:
   * those that nobody else knows are shown with the last ones.
   */
  public long scan(
      long cursor, long count, boolean mayWait, @Nullable Held held, Archive.Visitor visitor) {
    Archive archive = archive(mayWait);
    if (held != null && held.isFlushed()) {
      held.existing().forEach(name -> visitor.visit(name, held.get(name).kind()));
      return 0;
    }
    if (archive != null && held != null) {
      long next =
          archive.scan(
              cursor,
              count,
              now(),
              (name, kind) -> {
                BucketStore.Kind now = held.names().contains(name) ? held.get(name).kind() : kind;
                if (now != BucketStore.Kind.NONE) {
                  visitor.visit(name, now);
                }
              });
      if (next == 0) {
        List<String> added = held.existing();
        added.removeAll(archive.existing(held.names()));
        added.forEach(name -> visitor.visit(name, held.get(name).kind()));
      }
      return next;
    }
    if (archive != null) {
      return archive.scan(cursor, count, now(), visitor);
    }
    return table.scan(
        cursor,
        count,
        bucket -> {
          BucketStore.Kind kind = bucket.shown();
          if (kind != BucketStore.Kind.NONE) { // it may have gone since the table looked
            visitor.visit(bucket.rawName(), kind);
          }
        });
  }

  /** The name of a bucket chosen at random; null if there is none. */
  public @Nullable String random(RandomGenerator random, boolean mayWait) {
    return random(random, mayWait, null);
  }

  /** As {@link #random(RandomGenerator, boolean)}, with what was done to buckets that are held. */
  public @Nullable String random(RandomGenerator random, boolean mayWait, @Nullable Held held) {
    Archive archive = archive(mayWait);
    if (held != null && (archive != null || held.isFlushed())) {
      for (int attempt = 0; attempt < ATTEMPTS && !held.isFlushed(); attempt++) {
        String name = archive == null ? null : archive.random(random, now());
        if (name != null && (!held.names().contains(name) || held.get(name).exists())) {
          return name;
        }
      }
      var existing = new ArrayList<String>(); // where most others were deleted
      forEachName(held, existing::add);
      return existing.isEmpty() ? null : existing.get(random.nextInt(existing.size()));
    }
    if (archive != null) {
      return archive.random(random, now());
    }
    BucketRef bucket = table.random(random);
    return bucket == null ? null : bucket.rawName();
  }

  /** Where all buckets are; null if they are in memory. To read from it is to wait. */
  private @Nullable Archive archive(boolean mayWait) {
    Archive archive = environment.archive();
    if (archive != null) {
      mustWait(mayWait);
    }
    return archive;
  }

  private long now() {
    return environment.clock().getAsLong();
  }

  /**
   * Drops every bucket there is when this begins, one after the other, and returns when all are
   * gone. It is no moment: others may see some gone and some not yet.
   *
   * @param held those that the caller holds, if it does: others are then told, and not waited for.
   *     What any of them is asked later it does later; but it may still be listed for a moment.
   */
  public void flush(@Nullable Held held) {
    if (held != null) {
      held.names().stream().map(held::get).filter(Entries::exists).forEach(Keyspace::drop);
      held.flushed();
    }
    var late = new ArrayList<BucketRef>();
    table.forEachProcess(
        bucket -> {
          if (held == null || held.bucket(bucket.rawName()) != bucket) {
            bucket.flushSoon(); // mostly done when this returns
            if (held == null && bucket.isThere()) {
              late.add(bucket);
            }
          }
        });
    late.forEach(Keyspace::await);
    Archive archive = environment.archive();
    if (archive != null) {
      flush(archive, held);
    }
  }

  private void flush(Archive archive, @Nullable Held held) {
    long cursor = 0;
    do {
      var names = new ArrayList<String>();
      cursor = archive.scan(cursor, Archive.PAGE, 0, (name, kind) -> names.add(name));
      if (held != null) {
        names.removeAll(held.names());
      }
      if (!names.isEmpty()) {
        store.flush(names);
      }
    } while (cursor != 0);
  }

  private static void drop(Entries entries) {
    entries.apply(new Change.Dropped());
  }

  /** Waits until the bucket has done what it was told before. */
  private static void await(BucketRef bucket) {
    try {
      var _ = bucket.ask(new Operation.Size());
    } catch (KvException.BucketGone e) {
      // So it has.
    }
  }
}
