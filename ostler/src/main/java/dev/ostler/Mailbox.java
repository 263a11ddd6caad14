package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The messages waiting for one process, and whether the process is idle, busy or dead.
 *
 * <p>Any thread may {@link #put}, {@link #claim} and {@link #close}; only the owner, who put the
 * process out of its idleness, may {@link #take} and {@link #release}. It is a superclass of the
 * process, not a field of it, so that an idle process is one object.
 */
abstract non-sealed class Mailbox extends Pid {
  /*
   * Overview. One word, top, holds both the queue and the run state, so that a send is one
   * compare-and-set: it queues the message, learns whether somebody must be woken, and learns
   * whether the process is dead, in one step.
   *
   *   IDLE            -> message       put: the sender wakes the process
   *   IDLE            -> null          claim: the caller becomes the owner
   *   null or message -> message       put: an owner is at work and will find it
   *   message         -> null          take: the owner takes the whole stack and turns it around
   *   null            -> IDLE          release: the owner leaves
   *   any             -> DEAD          close: for ever; put refuses from here on
   *
   * null means busy with nothing waiting. A stack of messages links each to the one before it
   * (Treiber, 1986); turned around, head is the oldest of those the owner has taken.
   *
   * Whoever finds the process idle and makes it busy must see to it that it runs: what wake cannot
   * do, for want of memory or threads, it hands to the Rescuer.
   *
   * A death fails all waiting requests, while the owner may be inside take. close returns what was
   * on the stack. The owner writes handling before head, each with release; the closer reads head
   * before handling. So the closer sees every message that the owner took before. An owner in the
   * middle of take finds DEAD right after it, before it handles anything, and abandons what it took.
   * Both may abandon the same message.
   *
   * A subclass that takes messages out of the mailbox must keep them where a death finds them (see
   * Death.Estate), or their callers wait for ever.
   */
  private static final Message IDLE = new Mark();
  private static final Message DEAD = new Mark();
  private static final VarHandle TOP;
  private static final VarHandle HEAD;
  private static final VarHandle HANDLING;
  private static final VarHandle NEXT;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TOP = lookup.findVarHandle(Mailbox.class, "top", Message.class);
      HEAD = lookup.findVarHandle(Mailbox.class, "head", Message.class);
      HANDLING = lookup.findVarHandle(Mailbox.class, "handling", Message.class);
      NEXT = lookup.findVarHandle(Message.class, "next", Message.class);
      Rescuer.begin();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Touched by any thread, through TOP.
  private volatile @Nullable Message top;

  // Written by the owner only.
  private @Nullable Message head;

  @SuppressWarnings("UnusedVariable") // through HANDLING
  private @Nullable Message handling;

  /** A mailbox whose process is busy: it is starting, and its starter is the owner. */
  Mailbox(long id) {
    super(id);
  }

  /** Called by the sender whose message found the process idle. It must not throw. */
  abstract void wake();

  /** Queues a message; false if the process is dead. */
  final boolean put(Message message) {
    while (true) {
      Message seen = top;
      if (seen == DEAD) {
        return false;
      }
      boolean idle = seen == IDLE;
      if (idle) {
        StackRoom.forWake(); // to wake it, after which there is no way back
      }
      message.next = idle ? null : seen;
      message.depth = idle || seen == null ? 1 : seen.depth + 1;
      if (TOP.compareAndSet(this, seen, message)) {
        if (idle) {
          wake();
        }
        return true;
      }
    }
  }

  /** Becomes the owner of an idle process; false if it is not idle. */
  final boolean claim() {
    return top == IDLE && TOP.compareAndSet(this, IDLE, null);
  }

  /** The owner leaves; false, and it stays the owner, if a message waits or the process is dead. */
  final boolean release() {
    handling = null;
    return top == null && TOP.compareAndSet(this, null, IDLE);
  }

  /** The owner woke by itself, for instance after a timed park: makes the process busy again. */
  final void resume() {
    TOP.compareAndSet(this, IDLE, null);
  }

  /** The oldest message, now the one being handled; null if there is none, or death came. */
  final @Nullable Message take() {
    Message oldest = head;
    if (oldest == null) {
      oldest = grab();
      if (oldest == null) {
        return null;
      }
    }
    HANDLING.setRelease(this, oldest);
    HEAD.setRelease(this, oldest.next);
    NEXT.setRelease(
        oldest, null); // else an old message would keep all later ones from the collector
    return oldest;
  }

  /** Takes the whole stack and turns it around. */
  private @Nullable Message grab() {
    Message newest;
    do {
      newest = top;
      if (newest == null || newest == DEAD) {
        return null;
      }
    } while (!TOP.compareAndSet(this, newest, null));
    Message oldest = null;
    int count = 0;
    while (newest != null) {
      Message before = newest.next;
      newest.next = oldest;
      newest.depth = ++count;
      oldest = newest;
      newest = before;
    }
    return oldest;
  }

  /**
   * Takes empty messages out of the stack, save the newest. Nobody else may take, take out or sweep
   * meanwhile.
   */
  final int sweep(Predicate<Message> empty) {
    Message newest = newest();
    return newest == null ? 0 : unlink(newest, empty, Integer.MAX_VALUE);
  }

  /**
   * Takes messages out before their turn: the newest first, and at most so many; gives how many. By
   * the owner.
   */
  final int takeOut(Predicate<Message> which, int most) {
    int found = 0;
    Message newest = newest();
    while (found < most && newest != null && which.test(newest)) {
      if (TOP.compareAndSet(this, newest, newest.next)) {
        found++;
      }
      newest = newest();
    }
    if (found < most && newest != null) {
      found += unlink(newest, which, most - found);
    }
    Message oldest = head;
    while (found < most && oldest != null && which.test(oldest)) {
      oldest = oldest.next;
      HEAD.setRelease(this, oldest);
      found++;
    }
    if (found < most && oldest != null) {
      found += unlink(oldest, which, most - found);
    }
    return found;
  }

  /** The top of the stack; null if it is empty. */
  private @Nullable Message newest() {
    Message seen = top;
    return seen == IDLE || seen == DEAD ? null : seen;
  }

  /**
   * Takes messages out of a chain, at most so many, but not its first; gives how many. A sender who
   * puts one upon the chain meanwhile may give it a depth that is too high until it is taken.
   */
  private static int unlink(Message first, Predicate<Message> which, int most) {
    int found = 0;
    for (Message each = first.next; each != null && found < most; each = each.next) {
      if (which.test(each)) {
        found++;
      }
    }
    int left = found;
    first.depth -= left;
    Message kept = first;
    for (Message each = first.next; each != null && left > 0; each = each.next) {
      if (which.test(each)) {
        NEXT.setRelease(kept, each.next);
        left--;
      } else {
        each.depth -= left;
        kept = each;
      }
    }
    return found;
  }

  /** Records, for a claimed process, what its owner is about to handle without queueing it. */
  final void handle(Message message) {
    HANDLING.setRelease(this, message);
  }

  /** The message being handled, or the last one that was; null if idle. */
  final @Nullable Message handling() {
    return (Message) HANDLING.getAcquire(this);
  }

  /** Whether the process is dead or dying. */
  final boolean isClosed() {
    return top == DEAD;
  }

  /** Whether somebody owns the process. */
  final boolean isBusy() {
    Message seen = top;
    return seen != IDLE && seen != DEAD;
  }

  /** How many messages wait, not counting the one being handled. Exact while nothing moves. */
  int queued() {
    Message newest = top;
    Message oldest = (Message) HEAD.getAcquire(this);
    int waiting = newest == null || newest == IDLE || newest == DEAD ? 0 : newest.depth;
    return oldest == null ? waiting : waiting + oldest.depth;
  }

  /** Makes the process dead; false if it was. {@link #abandon} must follow. */
  final boolean close(Closing closing) {
    Message seen;
    do {
      seen = top;
      if (seen == DEAD) {
        return false;
      }
    } while (!TOP.compareAndSet(this, seen, DEAD));
    closing.wasIdle = seen == IDLE;
    closing.unread = seen == IDLE ? null : seen;
    return true;
  }

  /** What {@link #close} found. */
  static class Closing {
    boolean wasIdle;
    @Nullable Message unread;
  }

  /** Passes on every message of a closed mailbox that nobody will handle, some perhaps twice. */
  final void abandon(@Nullable Message unread, Consumer<Message> to) {
    for (Message each = unread; each != null; each = each.next) {
      to.accept(each);
    }
    Message first;
    do {
      first = (Message) HEAD.getAcquire(this);
      for (Message each = first; each != null; each = (Message) NEXT.getAcquire(each)) {
        to.accept(each);
      }
    } while (first != HEAD.getAcquire(this));
    Message current = handling();
    if (current != null) {
      to.accept(current);
    }
  }

  /**
   * Lets go of the messages of a closed mailbox. Both who closed it and its owner do, at the end.
   */
  final void forgetMessages() {
    HEAD.setRelease(this, null);
    HANDLING.setRelease(this, null);
  }

  private static final class Mark extends Message {
    @Override
    void deliver(ServerProc server) {
      throw new AssertionError("a mark is no message");
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      throw new AssertionError("a mark is no message");
    }
  }
}
