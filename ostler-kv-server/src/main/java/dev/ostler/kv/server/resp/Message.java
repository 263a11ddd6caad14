package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pushed message, shared by all RESP clients that receive it: the bytes that a writer of protocol
 * 2 has written as one push. Any thread may use it.
 */
final class Message {
  private final byte[] bytes;
  // the number of clients that have yet to receive it
  private final AtomicInteger waiting = new AtomicInteger();

  Message(byte[] bytes) {
    this.bytes = bytes;
  }

  byte[] bytes() {
    return bytes;
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
