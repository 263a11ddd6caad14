package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that all RESP clients of a store take together, and its limits: an eighth of the heap
 * for input and replies, and a sixteenth for pushed messages on their way. Any thread may use it.
 *
 * <p>Each client has a small allowance: a request that needs no more is served, whatever the other
 * clients take.
 */
public final class ClientMemory {
  /** The allowance of each client, in bytes. */
  static final long FREE = 64 * 1024;

  /**
   * A client that takes no more than this counts as taking nothing, and is never disconnected for
   * it.
   */
  private static final long LITTLE = 1024;

  /**
   * Approximate cost of a subscription, in bytes, without the channel's name, which is stored
   * twice.
   */
  private static final long SUBSCRIPTION = 400;

  /** Approximate cost of a stored argument, in bytes, without its content. */
  private static final long WORD = 48;

  private final long unlessSet;
  private volatile long most;
  private final long mostMessages;
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();

  /** Limits for a heap of this size, in bytes. */
  ClientMemory(long heap) {
    unlessSet = heap / 8;
    most = unlessSet;
    mostMessages = heap / 16;
  }

  /** Limits for this JVM's heap. */
  static ClientMemory ofHeap() {
    return new ClientMemory(Runtime.getRuntime().maxMemory());
  }

  /** Sets the limit for clients, without pushed messages, in bytes; 0 for the default. */
  void limit(long bytes) {
    most = bytes == 0 ? unlessSet : bytes;
  }

  /** The limit for clients, without pushed messages, in bytes. */
  long most() {
    return most;
  }

  /**
   * The bytes that clients take, without pushed messages and without clients that take almost
   * nothing.
   */
  long taken() {
    return taken.get();
  }

  /**
   * The bytes of pushed messages on their way. A message counts once, however many clients get it.
   */
  long messages() {
    return messages.get();
  }

  /** Adds to the bytes of pushed messages on their way; negative to subtract. */
  void addMessages(long bytes) {
    messages.addAndGet(bytes);
  }

  /**
   * Whether pushed messages exceed their limit. Then clients that read too slowly are disconnected.
   */
  boolean hasTooManyMessages() {
    return messages.get() > mostMessages;
  }

  /** The cost of a command's arguments if they are stored, in bytes. */
  static long ofWords(Args args) {
    long bytes = WORD;
    for (int i = 0; i < args.count(); i++) {
      bytes += WORD + Footprint.array(args.length(i));
    }
    return bytes;
  }

  /** The cost of watching the buckets that a command names, in bytes. */
  public static long ofWatches(Args args) {
    long bytes = 0;
    for (int i = 1; i < args.count(); i++) {
      bytes += SUBSCRIPTION + 2L * args.length(i);
    }
    return bytes;
  }

  /** The cost of a subscription to this channel or bucket, in bytes. */
  static long ofSubscription(String name) {
    return SUBSCRIPTION + 2L * name.length();
  }

  /**
   * The memory that one client takes. Used by one thread at a time, the one that works for the
   * client, except for {@link #end}.
   */
  public final class Share {
    private long held;
    private volatile boolean over;

    /** Releases everything, because the client has gone. Any thread may call it. */
    void end() {
      over = true;
      taken.addAndGet(-held);
      held = 0;
    }

    /**
     * Takes more, until {@link #settle} sets the final amount.
     *
     * @throws CommandError if the limit for all clients is reached; then nothing was taken
     */
    public void take(long bytes) {
      if (taken.addAndGet(bytes) > most) {
        taken.addAndGet(-bytes);
        throw CommandError.noMemory();
      }
      held += bytes;
    }

    /**
     * Checks that there is memory for a reply, before any of it is made.
     *
     * @param bytes the least size of the reply
     * @throws CommandError if the limit for all clients would be exceeded
     */
    void expect(long bytes) {
      if (bytes > FREE && bytes > most - taken.get() + held) {
        throw CommandError.noMemory();
      }
    }

    /**
     * Sets the amount that the client takes now, in place of everything it took before.
     *
     * @return false if the client must be disconnected, because all clients together take twice the
     *     limit
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
