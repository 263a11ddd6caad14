package dev.ostler.kv.server.resp;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients with caches that keys have changed, in the words of either protocol. Used by one
 * thread; the messages are shared by all clients that get them.
 */
final class Invalidation {
  static final String CHANNEL = "__redis__:invalidate";

  private final @Nullable Collection<String> keys; // null: all
  private @Nullable Message push;
  private @Nullable Message message;

  private Invalidation(@Nullable Collection<String> keys) {
    this.keys = keys;
  }

  /** Of these keys. */
  static Invalidation of(Collection<String> keys) {
    return new Invalidation(keys);
  }

  /** Of all keys. */
  static Invalidation ofAll() {
    return new Invalidation(null);
  }

  /** For a client of protocol 3. */
  Message push() {
    Message made = push;
    if (made == null) {
      var out = new RespWriter(3);
      out.push(2);
      out.bulk("invalidate");
      made = written(out);
      push = made;
    }
    return made;
  }

  /** For a subscriber of protocol 2. */
  Message message() {
    Message made = message;
    if (made == null) {
      var out = new RespWriter(2);
      out.push(3);
      out.bulk("message");
      out.bulk(CHANNEL);
      made = written(out);
      message = made;
    }
    return made;
  }

  private Message written(RespWriter out) {
    if (keys == null) {
      out.nil();
    } else {
      out.array(keys.size());
      keys.forEach(out::bulk);
    }
    return new Message(out.toBytes());
  }
}
