package dev.ostler.kv.bucket;

import java.util.Arrays;

/**
 * Tells listeners the names of buckets whose contents have changed. Any thread may use it. While
 * there are no listeners, a change costs one read of a field more, and a read costs nothing.
 */
public final class ChangedNames {
  /**
   * Is told of changes before their replies are sent. Called by the thread that makes a change,
   * while nobody else can read the bucket; it must not wait, and must not throw.
   */
  public interface Listener {
    /** A bucket has changed, or has lost its contents because its process has failed. */
    void changed(byte[] name);

    /** Every bucket is about to be dropped, without a call for each. */
    void dropping();

    /** That is done, or has failed. */
    void dropped();
  }

  private volatile Listener[] listeners = {}; // replaced under this object's lock

  public synchronized void add(Listener listener) {
    Listener[] more = Arrays.copyOf(listeners, listeners.length + 1);
    more[listeners.length] = listener;
    listeners = more;
  }

  public synchronized void remove(Listener listener) {
    listeners = Arrays.stream(listeners).filter(each -> each != listener).toArray(Listener[]::new);
  }

  void changed(byte[] name) {
    for (Listener listener : listeners) {
      listener.changed(name);
    }
  }

  /** Does this, which drops every bucket. */
  void allDropped(Runnable dropping) {
    Listener[] told = listeners; // those that hear the beginning hear the end
    for (Listener listener : told) {
      listener.dropping();
    }
    try {
      dropping.run();
    } finally {
      for (Listener listener : told) {
        listener.dropped();
      }
    }
  }
}
