package dev.ostler.kv.bucket;

import dev.ostler.kv.bucket.Environment.Notices;
import java.util.Arrays;

/** Passes on what happens to buckets to all who want to know. Any thread. */
public final class NoticeBoard implements Notices {
  private volatile Notices[] readers = {}; // replaced, never changed; under this object's lock

  /** From now on this one is told, too. */
  public synchronized void add(Notices reader) {
    Notices[] more = Arrays.copyOf(readers, readers.length + 1);
    more[readers.length] = reader;
    readers = more;
  }

  @Override
  public void tell(String bucket, char type, String event) {
    for (Notices reader : readers) {
      reader.tell(bucket, type, event);
    }
  }

  @Override
  public void fieldsExpired(int count) {
    for (Notices reader : readers) {
      reader.fieldsExpired(count);
    }
  }
}
