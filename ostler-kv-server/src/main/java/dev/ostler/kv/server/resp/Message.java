package dev.ostler.kv.server.resp;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A message on its way to RESP clients, which share its bytes: what a writer of protocol 2 has
 * written as one push. Any thread.
 */
final class Message {
  private final byte[] bytes;
  private final AtomicInteger waiting = new AtomicInteger(); // clients it waits for

  Message(byte[] bytes) {
    this.bytes = bytes;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return bytes.length;
  }

  /** It waits for one client more. */
  void enter(ClientMemory memory) {
    if (waiting.getAndIncrement() == 0) {
      memory.addMessages(bytes.length);
    }
  }

  /** A client has it, or never gets it. */
  void leave(ClientMemory memory) {
    if (waiting.decrementAndGet() == 0) {
      memory.addMessages(-bytes.length);
    }
  }
}
