package dev.ostler;

import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A server with a bounded mailbox for casts and plain messages.
 *
 * <p>Calls and signals do not count and are never refused. The message being handled does not
 * count.
 */
final class BoundedServerProc extends ServerProc {
  /*
   * The casts and plain messages that wait are in the mailbox like all others and, in the same
   * order, in a queue here. A dropped one loses its content at once; the empty message, its shell,
   * stays in the mailbox until the owner takes it, or until there are so many that they are removed. The lock of the
   * queue keeps the two in step: it is held to add, to drop, to sweep and to take.
   */
  private static final int SHELLS = 64;

  private final int capacity;
  private final Overflow overflow;

  // Under the lock of waiting.
  private final ArrayDeque<Message.Plain> waiting = new ArrayDeque<>();
  private int shells;

  BoundedServerProc(ServerOptions options, @Nullable Ancestors ancestors) {
    super(options, ancestors);
    this.capacity = options.capacity();
    this.overflow = options.overflow();
  }

  @Override
  void post(Message.Plain message) {
    if (!options.isDirect() || isSuspended() || !runHere(message)) {
      offer(message, runner() != Runner.get()); // this thread makes no room while it waits
    }
  }

  @Override
  void postLater(Message.Plain message) {
    try {
      offer(message, false);
    } catch (MailboxFullException e) {
      // A timer has no caller to throw to: as with DROP_NEWEST, the message is dropped.
      Happening.lost(this, message.payload(this), Event.DeadLetter.Why.FULL);
    }
  }

  private void offer(Message.Plain message, boolean mayWait) {
    synchronized (waiting) {
      if (waiting.size() < capacity || makeRoom(mayWait)) {
        waiting.add(message); // before it is queued, as there may be no memory for it
        boolean queued = false;
        try {
          queued = put(message);
        } finally {
          if (!queued) {
            waiting.pollLast();
          }
        }
        if (!queued) {
          Happening.lost(this, message.payload(this), Event.DeadLetter.Why.NO_PROCESS);
        }
      } else {
        Happening.lost(this, message.payload(this), Event.DeadLetter.Why.FULL);
      }
    }
  }

  /** Applies the overflow policy to a full mailbox; false if the message is to be dropped. */
  private boolean makeRoom(boolean mayWait) {
    switch (overflow) {
      case DROP_NEWEST -> {
        return false;
      }
      case FAIL -> throw new MailboxFullException(this, capacity);
      case DROP_OLDEST -> dropOldest();
      case BLOCK -> {
        if (mayWait) {
          awaitRoom();
        }
      }
    }
    return true;
  }

  private void dropOldest() {
    Message.Plain oldest = waiting.poll();
    if (oldest != null) {
      Happening.lost(this, oldest.payload(this), Event.DeadLetter.Why.MADE_ROOM);
      oldest.drop();
      if (++shells > capacity + SHELLS) {
        shells -= sweep(BoundedServerProc::isShell) + sweepHeld(BoundedServerProc::isShell);
      }
    }
  }

  private static boolean isShell(Message message) {
    return message instanceof Message.Plain plain && plain.isDropped();
  }

  private void awaitRoom() {
    while (waiting.size() >= capacity && !isClosed()) {
      try {
        waiting.wait();
      } catch (InterruptedException e) {
        if (Runner.get().waitsOn()) {
          continue;
        }
        Runner.living();
        Thread.currentThread().interrupt();
        throw new MailboxFullException(this, capacity);
      }
    }
  }

  @Override
  @Nullable Message takeNext() {
    synchronized (waiting) {
      return take();
    }
  }

  @Override
  void withdraw(Predicate<Object> meant, int most) {
    synchronized (waiting) {
      super.withdraw(meant, most);
    }
  }

  @Override
  void begins(Message.Plain message) {
    synchronized (waiting) {
      if (waiting.peek() == message) {
        waiting.poll();
        waiting.notifyAll();
      } else if (message.isDropped()) {
        shells--;
      }
    }
  }

  @Override
  int queued() {
    synchronized (waiting) {
      return super.queued() - shells;
    }
  }

  @Override
  void forget() {
    super.forget();
    synchronized (waiting) {
      waiting.clear();
      waiting.notifyAll();
    }
  }
}
