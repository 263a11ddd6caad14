package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Environment;
import java.util.concurrent.atomic.LongAdder;

/**
 * Publishes what happens to buckets on the channels {@code __keyspace@0__:bucket} and {@code
 * __keyevent@0__:event}, for the classes that the settings select. Any thread may use it. While no
 * class is selected, it costs one read of a field.
 */
public final class KeyspaceEvents implements Environment.EventListener {
  private static final char EXPIRED = 'x';

  private final PubSub pubSub;
  private final LongAdder expired = new LongAdder();
  private final LongAdder expiredFields = new LongAdder();
  private volatile EventClasses classes = EventClasses.NONE;

  KeyspaceEvents(PubSub pubSub) {
    this.pubSub = pubSub;
  }

  /** Where the events are published. */
  PubSub pubSub() {
    return pubSub;
  }

  /** How many buckets have expired. */
  LongAdder expired() {
    return expired;
  }

  /** How many fields have expired. */
  LongAdder expiredFields() {
    return expiredFields;
  }

  /** The selected classes. */
  public EventClasses classes() {
    return classes;
  }

  /** Selects these classes. */
  public void classes(EventClasses wanted) {
    classes = wanted;
  }

  @Override
  public void fieldsExpired(int count) {
    expiredFields.add(count);
  }

  @Override
  public boolean hears(char type) {
    return type == EXPIRED || isPublished(classes, type);
  }

  private boolean isPublished(EventClasses wanted, char type) {
    return !wanted.isNone() && wanted.has(type) && !pubSub.isIdle();
  }

  @Override
  public void tell(String bucket, char type, String event) {
    if (type == EXPIRED) {
      expired.increment();
    }
    EventClasses wanted = classes;
    if (!isPublished(wanted, type)) {
      return;
    }
    if (wanted.byKey()) {
      pubSub.publish("__keyspace@0__:" + bucket, event);
    }
    if (wanted.byEvent()) {
      pubSub.publish("__keyevent@0__:" + event, bucket);
    }
  }
}
