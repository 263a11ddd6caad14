package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Environment;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tells what happens to buckets to whoever listens to the channels {@code __keyspace@0__:bucket}
 * and {@code __keyevent@0__:event}, as far as it is wanted. Any thread; costs one look at a field
 * while nothing is.
 */
public final class KeyspaceEvents implements Environment.Notices {
  private static final char EXPIRED = 'x';

  private final PubSub pubSub;
  private final LongAdder expired = new LongAdder();
  private final LongAdder expiredFields = new LongAdder();
  private volatile EventClasses classes = EventClasses.NONE;

  KeyspaceEvents(PubSub pubSub) {
    this.pubSub = pubSub;
  }

  /** Where they are told. */
  PubSub pubSub() {
    return pubSub;
  }

  /** How many buckets there were whose time was over. */
  LongAdder expired() {
    return expired;
  }

  /** How many fields there were whose time was over. */
  LongAdder expiredFields() {
    return expiredFields;
  }

  /** What is told. */
  public EventClasses classes() {
    return classes;
  }

  /** From now on these are told. */
  public void classes(EventClasses wanted) {
    classes = wanted;
  }

  @Override
  public void fieldsExpired(int count) {
    expiredFields.add(count);
  }

  @Override
  public void tell(String bucket, char type, String event) {
    if (type == EXPIRED) {
      expired.increment();
    }
    EventClasses wanted = classes;
    if (wanted.isNone() || !wanted.has(type) || pubSub.isIdle()) {
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
