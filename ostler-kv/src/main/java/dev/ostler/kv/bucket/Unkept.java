package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Gathering;
import dev.ostler.kv.journal.Journal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has changed in a bucket and was not handed to the journal yet, and what is to be told once
 * it is kept. Belongs to the bucket's process, or whoever holds it.
 */
public final class Unkept {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** What others are told, see {@link Environment.Notices}. */
  record Event(String bucket, char type, String event) {}

  private final String name;
  private BucketStore.Head head = BucketStore.Head.NONE; // as it is after the last change
  private BucketStore.@Nullable Write first; // mostly there is one, and no list is made for it
  private @Nullable List<BucketStore.Write> writes; // if there are more, all of them
  private @Nullable List<Event> events;
  private boolean touched; // perhaps something has changed that is not among them
  private final Gathering.Place last = new Gathering.Place(); // the last change in the journal

  Unkept(String name) {
    this.name = name;
  }

  /** With this head, which is kept. */
  void begin(BucketStore.Head kept) {
    head = kept;
  }

  BucketStore.Head head() {
    return head;
  }

  /** A change is about to be made. */
  void touch() {
    touched = true;
  }

  /** Whether the bucket may have changed since the journal had the last changes. */
  public boolean isTouched() {
    return touched;
  }

  /** A change, after which the head is this one. */
  void add(long seq, Change change, String value, BucketStore.Head after) {
    var write = new BucketStore.Write(name, seq, change, value, head, after);
    if (first == null) {
      first = write;
    } else {
      if (writes == null) {
        writes = new ArrayList<>(4);
        writes.add(first);
      }
      writes.add(write);
    }
    head = after;
  }

  /** Remembers an event until it is kept what it tells of; false if nobody waits for that. */
  boolean tells(Environment environment, char type, String event) {
    Archive archive = environment.archive();
    if (archive == null || !archive.journal().promises()) {
      return false;
    }
    if (events == null) {
      events = new ArrayList<>(1);
    }
    events.add(new Event(name, type, event));
    return true;
  }

  boolean isEmpty() {
    return first == null;
  }

  /** The changes since the last ones were kept, in their order. */
  public List<BucketStore.Write> writes() {
    BucketStore.Write only = first;
    if (only == null) {
      return List.of();
    }
    return writes == null ? List.of(only) : writes;
  }

  /** The journal has them, among those of others. */
  public void kept() {
    last.leave();
    forget();
  }

  /**
   * Appends the changes there are, as one group.
   *
   * @return its position in the journal
   */
  long appendTo(Journal journal) {
    BucketStore.Write only = Objects.requireNonNull(first, "nothing has changed");
    List<BucketStore.Write> all = writes;
    forget();
    if (all == null) {
      return journal.append(only, last);
    }
    last.leave();
    return journal.append(all);
  }

  /** What is to be told once that is kept; null if there is nothing. */
  @Nullable Runnable takeEvents(Environment environment) {
    List<Event> taken = events;
    events = null;
    return taken == null || taken.isEmpty() ? null : telling(List.copyOf(taken), environment);
  }

  static Runnable telling(List<Event> events, Environment environment) {
    return () -> events.forEach(each -> tell(each, environment));
  }

  private static void tell(Event each, Environment environment) {
    try {
      environment.notices().tell(each.bucket(), each.type(), each.event());
    } catch (RuntimeException | Error e) { // no reason to keep the others from anybody
      LOG.log(Level.ERROR, "an event could not be told", e);
    }
  }

  /** What changed is not to be kept: it would come of itself again. */
  void forget() {
    touched = false;
    first = null;
    writes = null;
  }
}
