package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
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
  private @Nullable List<BucketStore.Write> writes;
  private @Nullable List<Event> events;
  private boolean spoiled;

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
    if (writes == null) {
      writes = new ArrayList<>(1);
    }
    writes.add(new BucketStore.Write(name, seq, change, value, head, after));
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
    return writes == null;
  }

  /**
   * The changes since this was last asked; null if there are none.
   *
   * @throws IllegalStateException if they must not be kept
   */
  @Nullable List<BucketStore.Write> take() {
    List<BucketStore.Write> taken = writes;
    if (spoiled) {
      throw new IllegalStateException("a change of several buckets could not be kept");
    }
    writes = null;
    return taken;
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
    writes = null;
  }

  /** What was changed since {@link #take} must not be kept: its process is to end. */
  void spoil() {
    spoiled = true;
  }

  /** As {@link #spoil}, if anything was changed. */
  void spoilIfChanged() {
    spoiled |= writes != null;
  }
}
