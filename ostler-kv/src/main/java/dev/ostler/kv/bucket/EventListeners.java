package dev.ostler.kv.bucket;

import dev.ostler.kv.bucket.Environment.EventListener;
import java.util.Arrays;

/** The subscribers to events of one store. Any thread may use it. */
public final class EventListeners implements EventListener {
  private volatile EventListener[]
      listeners = {}; // replaced under this object's lock, and never changed

  /** Adds a subscriber. */
  public synchronized void add(EventListener listener) {
    EventListener[] more = Arrays.copyOf(listeners, listeners.length + 1);
    more[listeners.length] = listener;
    listeners = more;
  }

  /** Whether any subscriber wants events of this class now. */
  @Override
  public boolean hears(char type) {
    for (EventListener listener : listeners) {
      if (listener.hears(type)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void tell(String bucket, char type, String event) {
    for (EventListener listener : listeners) {
      listener.tell(bucket, type, event);
    }
  }

  @Override
  public void fieldsExpired(int count) {
    for (EventListener listener : listeners) {
      listener.fieldsExpired(count);
    }
  }
}
