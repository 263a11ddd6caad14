package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pushed message, shared by all RESP clients that receive it: the bytes that a writer of protocol
 * 2 has written as one push, or as one line. Any thread may use it.
 */
final class Message {
  private final byte[] bytes;
  private final boolean isLine;
  // the number of clients that have yet to receive it
  private final AtomicInteger waiting = new AtomicInteger();

  /** One push. */
  Message(byte[] bytes) {
    this(bytes, false);
  }

  private Message(byte[] bytes, boolean isLine) {
    this.bytes = bytes;
    this.isLine = isLine;
  }

  /** One line, the same in both protocols. */
  static Message line(byte[] bytes) {
    return new Message(bytes, true);
  }

  /** Writes it. It is never refused, because it is counted once for all clients that get it. */
  void write(RespWriter out) {
    if (isLine) {
      out.appendUncounted(bytes, bytes.length);
    } else {
      out.pushed(bytes);
    }
  }

  int length() {
    return bytes.length;
  }

  /** Adds a client that will receive it. */
  void enter(ClientMemory memory) {
    if (waiting.getAndIncrement() == 0) {
      memory.addMessages(Footprint.array(bytes.length));
    }
  }

  /** A client has received it, or never will. */
  void leave(ClientMemory memory) {
    if (waiting.decrementAndGet() == 0) {
      memory.addMessages(-Footprint.array(bytes.length));
    }
  }
}
