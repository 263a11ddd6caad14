package dev.ostler.kv.bucket;

import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.BucketServer.Listener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one bucket, the changes that they were not told yet, and those that later ones
 * may ask for. Few buckets have any. Used by the bucket's process.
 */
final class Listeners implements Entries.Observer {
  private final Map<MonitorRef, Listener> byMonitor = new LinkedHashMap<>();
  private @Nullable History history; // once a listener has observed the bucket

  /** In a durable store, the changes that are not appended yet; in memory they are told at once. */
  private @Nullable List<NumberedChange> untold;

  /** Listeners of a durable bucket, or of one in memory. */
  Listeners(boolean durable) {
    untold = durable ? new ArrayList<>() : null;
  }

  @Override
  public void changed(Change change, long seq) {
    if (history != null) {
      history.add(change, seq);
    }
    if (untold == null) {
      byMonitor.values().forEach(listener -> listener.changed(change, seq));
    } else {
      untold.add(new NumberedChange(change, seq));
    }
  }

  /** Returns the changes that the listeners were not told yet, which the caller now tells them. */
  List<NumberedChange> takeUntold() {
    if (untold == null || untold.isEmpty()) {
      return List.of();
    }
    List<NumberedChange> taken = untold;
    untold = new ArrayList<>();
    return taken;
  }

  void add(Listener listener) {
    byMonitor.put(Self.monitor(listener.pid()), listener);
  }

  /** The process that this monitor watched has ended. */
  void remove(MonitorRef monitor) {
    byMonitor.remove(monitor);
  }

  int size() {
    return byMonitor.size();
  }

  List<Listener> all() {
    return List.copyOf(byMonitor.values());
  }

  /** Whether nobody needs this object: there are no listeners, and no changes to remember. */
  boolean areOver() {
    return byMonitor.isEmpty() && history == null;
  }

  /** The changes since somebody first observed the bucket, whose last change has this number. */
  History history(long seq) {
    return history == null ? new History(seq) : history;
  }

  /** Remembers changes there from now on. */
  void remember(History known) {
    history = known;
  }
}
