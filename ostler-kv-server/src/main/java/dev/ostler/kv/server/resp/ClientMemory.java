package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory all RESP clients of a store take together, and how much they may: a sixth of the
 * heap for what they have sent and are yet to be answered, and a twelfth for messages on their way
 * to them. Any thread.
 *
 * <p>Of each client a little is free: whoever needs no more than that is answered whatever the
 * others do.
 */
public final class ClientMemory {
  /** So many bytes each client may have for a moment in any case. */
  static final long FREE = 64 * 1024;

  /** Whoever holds no more than that does not count, and is never left. */
  private static final long LITTLE = 1024;

  /** About what it takes to listen to a channel, besides its name, which is there twice. */
  private static final long SUBSCRIPTION = 400;

  /** About what a word takes that is kept, besides its bytes. */
  private static final long WORD = 48;

  private final long unlessSet;
  private volatile long most;
  private final long mostMessages;
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();

  /** Of a heap of so many bytes. */
  ClientMemory(long heap) {
    unlessSet = heap / 6;
    most = unlessSet;
    mostMessages = heap / 12;
  }

  /** That of this JVM's heap. */
  static ClientMemory ofHeap() {
    return new ClientMemory(Runtime.getRuntime().maxMemory());
  }

  /**
   * From now on it is so much that clients may take together, besides messages; 0 for the usual.
   */
  void limit(long bytes) {
    most = bytes == 0 ? unlessSet : bytes;
  }

  /** How much clients may take together, besides messages. */
  long most() {
    return most;
  }

  /** How much clients take that take more than a little. */
  long taken() {
    return taken.get();
  }

  /** How many bytes of messages are on their way, each counted once, however many get it. */
  long messages() {
    return messages.get();
  }

  /** So many more bytes of messages are on their way, or fewer. */
  void addMessages(long bytes) {
    messages.addAndGet(bytes);
  }

  /** Whether more messages are on their way than may be: who reads too slowly is to go. */
  boolean hasTooManyMessages() {
    return messages.get() > mostMessages;
  }

  /** What the words of a command take if they are kept. */
  static long ofWords(Args args) {
    long bytes = WORD;
    for (int i = 0; i < args.count(); i++) {
      bytes += WORD + args.length(i);
    }
    return bytes;
  }

  /** What it takes to watch the buckets that a command names. */
  public static long ofWatches(Args args) {
    long bytes = 0;
    for (int i = 1; i < args.count(); i++) {
      bytes += SUBSCRIPTION + 2L * args.length(i);
    }
    return bytes;
  }

  /** What it takes to listen to a channel of this name, or to watch a bucket. */
  static long ofSubscription(String name) {
    return SUBSCRIPTION + 2L * name.length();
  }

  /** What one client takes. Used by one thread at a time, the one that works for the client. */
  public final class Share {
    private long held;
    private volatile boolean over;

    /** The client is gone, and takes nothing any more. Any thread may call it. */
    void end() {
      over = true;
      taken.addAndGet(-held);
      held = 0;
    }

    /**
     * Takes more, until {@link #settle} says what became of it.
     *
     * @throws CommandError if there is no more for clients: nothing was taken
     */
    public void take(long bytes) {
      if (taken.addAndGet(bytes) > most) {
        taken.addAndGet(-bytes);
        throw CommandError.noMemory();
      }
      held += bytes;
    }

    /**
     * Refuses a reply that cannot be had, before any of it is made.
     *
     * @param bytes it is at least so long
     * @throws CommandError if all clients together may not have so much
     */
    void expect(long bytes) {
      if (bytes > FREE && bytes > most - taken.get() + held) {
        throw CommandError.noMemory();
      }
    }

    /**
     * It has so many bytes now, however many it has taken.
     *
     * @return false if it is to be left: clients hold twice what they may, by being many
     */
    boolean settle(long bytes) {
      long now = bytes > LITTLE ? bytes : 0;
      if (now == held || over) {
        return true;
      }
      long all = taken.addAndGet(now - held);
      held = now;
      return now == 0 || all / 2 <= most;
    }
  }
}
