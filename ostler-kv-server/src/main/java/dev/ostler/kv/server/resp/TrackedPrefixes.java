package dev.ostler.kv.server.resp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The prefixes of keys whose changes clients want to be told. The changes of a command are
 * collected, and told together, each key once. Any thread may use it.
 */
final class TrackedPrefixes {
  /** After this time changes are told that no command of a client has made. */
  private static final long SOON_NANOS = 5_000_000;

  /** So many keys are told at a time. */
  private static final int TOGETHER = 1000;

  /** The clients that named a prefix, and the keys with it that have changed. */
  private static final class Topic {
    final Set<Tracker> trackers = ConcurrentHashMap.newKeySet();

    /** By key, who made its last change, if that must not be told to him; under its own lock. */
    private Map<String, Optional<Tracker>> changed = new LinkedHashMap<>();

    void changed(String key, @Nullable Tracker by) {
      synchronized (trackers) {
        changed.put(key, Optional.ofNullable(by));
      }
    }

    Map<String, Optional<Tracker>> take() {
      synchronized (trackers) {
        Map<String, Optional<Tracker>> taken = changed;
        changed = new LinkedHashMap<>();
        return taken;
      }
    }

    void tell() {
      Map<String, Optional<Tracker>> keys = take();
      var some = new ArrayList<String>();
      for (String key : keys.keySet()) {
        some.add(key);
        if (some.size() == TOGETHER) {
          tell(some, keys);
          some.clear();
        }
      }
      tell(some, keys);
    }

    private void tell(List<String> some, Map<String, Optional<Tracker>> keys) {
      if (some.isEmpty()) {
        return;
      }
      var all = Invalidation.of(List.copyOf(some));
      for (Tracker tracker : trackers) {
        if (tracker.options().noLoop()) {
          List<String> others =
              some.stream()
                  .filter(key -> !isBy(tracker, keys.getOrDefault(key, Optional.empty())))
                  .toList();
          if (!others.isEmpty()) {
            tracker.tell(Invalidation.of(others));
          }
        } else {
          tracker.tell(all);
        }
      }
    }
  }

  private static boolean isBy(Tracker tracker, Optional<Tracker> writer) {
    return writer.orElse(null) == tracker;
  }

  private final ConcurrentMap<String, Topic> topics = new ConcurrentHashMap<>();
  private final Consumer<Throwable> lost;
  private final AtomicBoolean announced = new AtomicBoolean();
  private final AtomicInteger commands = new AtomicInteger(); // that run, and tell at their end

  /**
   * None.
   *
   * @param lost is told of a failure after which clients may not know of changes
   */
  TrackedPrefixes(Consumer<Throwable> lost) {
    this.lost = lost;
  }

  int size() {
    return topics.size();
  }

  void add(String prefix, Tracker tracker) {
    var _ =
        topics.compute(
            prefix,
            (_, known) -> {
              Topic topic = known == null ? new Topic() : known;
              topic.trackers.add(tracker);
              return topic;
            });
  }

  void remove(String prefix, Tracker tracker) {
    var _ =
        topics.computeIfPresent(
            prefix,
            (_, topic) -> {
              topic.trackers.remove(tracker);
              return topic.trackers.isEmpty() ? null : topic;
            });
  }

  /** A key has changed; null if everybody is told. */
  void changed(String key, @Nullable Tracker by) {
    boolean found = false;
    for (var each : topics.entrySet()) {
      if (key.startsWith(each.getKey())) {
        each.getValue().changed(key, by);
        found = true;
      }
    }
    if (found && announced.compareAndSet(false, true)) {
      Thread.startVirtualThread(
          () -> {
            LockSupport.parkNanos(SOON_NANOS);
            if (commands.get() == 0) {
              tell();
            }
          });
    }
  }

  /**
   * A command that may change keys begins, whose changes are told together; false if nobody wants
   * to know. Otherwise {@link #end} follows.
   */
  boolean begin() {
    if (topics.isEmpty()) {
      return false;
    }
    commands.incrementAndGet();
    return true;
  }

  /** A command has ended. */
  void end() {
    commands.decrementAndGet(); // before it tells: what it leaves, others or the time will tell
    tell();
  }

  private void tell() {
    if (announced.get()
        && announced.getAndSet(false)) { // before the keys are taken: none is left behind
      try {
        topics.values().forEach(Topic::tell);
      } catch (RuntimeException | Error e) { // the keys are taken, and not all clients are told
        lost.accept(e);
      }
    }
  }

  /** Forgets the changes that were not told yet. */
  void clear() {
    announced.set(false);
    topics.values().forEach(Topic::take);
  }
}
