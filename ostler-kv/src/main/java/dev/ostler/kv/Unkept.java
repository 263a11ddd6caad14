package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has changed in a bucket and was not handed to the journal yet, and what is to be told once
 * it is kept. Belongs to the bucket's process, or whoever holds it.
 */
final class Unkept {
  /** What others are told, see {@link Environment.Notices}. */
  record Event(String bucket, char type, String event) {}

  private final String name;
  private BucketStore.Head head = BucketStore.Head.NONE; // as it is after the last change
  private BucketStore.@Nullable Write first; // mostly there is one, and no list is made for it
  private @Nullable List<BucketStore.Write> writes; // if there are more, all of them
  private @Nullable List<Event> events;
  private boolean spoiled;
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

  /**
   * The changes since they were last taken; null if there are none.
   *
   * @throws IllegalStateException if they must not be kept
   */
  @Nullable List<BucketStore.Write> take() {
    check();
    BucketStore.Write only = first;
    List<BucketStore.Write> taken = only == null || writes != null ? writes : List.of(only);
    last.leave();
    forget();
    return taken;
  }

  /**
   * Appends the changes there are, as one group.
   *
   * @return its position in the journal
   * @throws IllegalStateException if they must not be kept
   */
  long appendTo(Journal journal) {
    check();
    BucketStore.Write only = Objects.requireNonNull(first, "nothing has changed");
    List<BucketStore.Write> all = writes;
    forget();
    if (all == null) {
      return journal.append(only, last);
    }
    last.leave();
    return journal.append(all);
  }

  /** Nothing, if what has changed may be kept. */
  void check() {
    if (spoiled) {
      throw new IllegalStateException("a change of several buckets could not be kept");
    }
  }

  /** What is to be told once that is kept; null if there is nothing. */
  @Nullable Runnable takeEvents(Environment environment) {
    List<Event> taken = events;
    events = null;
    return taken == null || taken.isEmpty() ? null : telling(List.copyOf(taken), environment);
  }

  static Runnable telling(List<Event> events, Environment environment) {
    return () ->
        events.forEach(
            each -> environment.notices().tell(each.bucket(), each.type(), each.event()));
  }

  /** What is to be told goes here from now on, until it is taken: to others of several buckets. */
  void tellIn(List<Event> together) {
    events = together;
  }

  /** What changed is not to be kept: it would come of itself again. */
  void forget() {
    first = null;
    writes = null;
  }

  /** What was changed since {@link #take} must not be kept: its process is to end. */
  void spoil() {
    spoiled = true;
  }

  /** As {@link #spoil}, if anything was changed. */
  void spoilIfChanged() {
    spoiled |= first != null;
  }
}
