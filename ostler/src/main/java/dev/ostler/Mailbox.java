package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The messages waiting for one process, and whether the process is idle, busy or dead.
 *
 * <p>Any thread may {@link #put}, {@link #claim} and {@link #close}. Only the owner, the thread
 * that made the idle process busy, may {@link #take} and {@link #release}. It is a superclass of
 * the process, not a field of it, so that an idle process is one object.
 */
abstract non-sealed class Mailbox extends Pid {
  /*
   * One word, top, holds both the queue and the run state. So a send is one compare-and-set: it
   * queues the message, learns whether the process must be woken, and learns whether the process is
   * dead.
   *
   *   IDLE            -> message       put: the sender wakes the process
   *   IDLE            -> null          claim: the caller becomes the owner
   *   null or message -> message       put: an owner is at work and will find it
   *   message         -> null          take: the owner takes the whole stack and reverses it
   *   null            -> IDLE          release: the owner leaves
   *   any             -> DEAD          close: final; from now on put refuses
   *
   * null means that the process is busy and no message waits. A stack of messages links each to the one before it
   * (Treiber, 1986). The owner reverses the stack that it has taken; head is the oldest message in
   * it.
   *
   * The thread that makes an idle process busy must also see that it runs. If wake cannot do that,
   * for lack of memory or threads, it hands the process to the Rescuer.
   *
   * A death fails all waiting requests, perhaps while the owner is inside take. close returns what
   * was on the stack, and abandon finds what the owner had taken. Between the step that empties the
   * stack and the write to head, only the owner knows what it took. So it writes handling before
   * that step, which is enough for one message, and head with a full fence after it. Then either
   * the closer, whose step comes before it reads head and handling, finds every message there, or the
   * owner finds DEAD before it handles one. Such an owner waits until the death is done, and
   * abandons what it took itself. So the closer empties head only of what it has passed on. Within
   * a batch the owner writes handling before head, each with release; the closer reads head before
   * handling. Both may abandon the same message.
   *
   * A subclass that takes messages out of the mailbox must keep them where a death finds them (see
   * Death.Estate), or their callers wait forever.
   */
  private static final int MOST_LOOKED_AT = 100_000;
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

  /**
   * Makes the process busy again. Called by an owner that woke by itself, as after a timed park.
   */
  final void resume() {
    TOP.compareAndSet(this, IDLE, null);
  }

  /** The oldest message, now the one being handled; null if there is none, or death came. */
  final @Nullable Message take() {
    Message oldest = head;
    boolean grabbed = oldest == null;
    if (oldest == null) {
      oldest = grab();
      if (oldest == null) {
        return null;
      }
    }
    HANDLING.setRelease(this, oldest);
    Message rest = oldest.next;
    if (grabbed && rest != null) {
      HEAD.setVolatile(this, rest);
    } else {
      HEAD.setRelease(this, rest);
    }
    NEXT.setRelease(oldest, null); // otherwise an old message would keep all later ones in memory
    return oldest;
  }

  /** Takes the whole stack and reverses it. */
  private @Nullable Message grab() {
    Message newest;
    do {
      newest = top;
      if (newest == null || newest == DEAD) {
        return null;
      }
      HANDLING.setRelease(this, newest);
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
   * Removes empty messages from the stack, except the newest. No other thread may take, take out or
   * sweep meanwhile.
   */
  final int sweep(Predicate<Message> empty) {
    Message newest = newest();
    return newest == null ? 0 : unlink(newest, empty, Integer.MAX_VALUE);
  }

  /**
   * Removes messages before their turn, the newest first, and at most so many; returns how many.
   * Called by the owner.
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
   * Removes messages from a chain, at most so many, but not its first; returns how many. A message
   * that is put on the chain meanwhile may have a depth that is too high until it is taken.
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

  /** Whether the process has an owner. */
  final boolean isBusy() {
    Message seen = top;
    return seen != IDLE && seen != DEAD;
  }

  /** How many messages wait, not counting the one being handled. Exact while nothing moves. */
  int queued() {
    return untaken();
  }

  /** How many messages the owner has not taken. Exact while nothing moves. */
  final int untaken() {
    Message newest = top;
    Message oldest = (Message) HEAD.getAcquire(this);
    int waiting = newest == null || newest == IDLE || newest == DEAD ? 0 : newest.depth;
    return oldest == null ? waiting : waiting + oldest.depth;
  }

  /**
   * Shows the messages that the owner has not taken, oldest first, at most so many. If very many
   * wait, it shows only those that are in order already. Any thread may look; while the owner takes
   * messages, some may be missing or come twice.
   */
  final void peekWaiting(int most, Consumer<Message> to) {
    int shown = 0;
    for (Message each = (Message) HEAD.getAcquire(this);
        each != null && shown < most;
        each = (Message) NEXT.getAcquire(each)) {
      to.accept(each);
      shown++;
    }
    var stack = new ArrayDeque<Message>(); // the oldest last, so that it comes first
    int looked = 0;
    for (Message each = newest();
        each != null && looked < MOST_LOOKED_AT;
        each = (Message) NEXT.getAcquire(each)) {
      stack.push(each);
      if (stack.size() > most) {
        stack.removeLast();
      }
      looked++;
    }
    for (Message each = stack.poll();
        each != null && shown < most && looked < MOST_LOOKED_AT;
        each = stack.poll()) {
      to.accept(each);
      shown++;
    }
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

  /** Passes on every message of a closed mailbox that will not be handled, some perhaps twice. */
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
    } while (!HEAD.compareAndSet(this, first, null));
    Message current = handling();
    if (current != null) {
      to.accept(current);
    }
  }

  /** Forgets the message that was handled. Called by the thread that closed it, and the owner. */
  final void forgetHandled() {
    HANDLING.setRelease(this, null);
  }

  /**
   * Forgets the messages that it had taken. Called by the owner of a closed mailbox, at the end.
   */
  final void forgetTaken() {
    HEAD.setRelease(this, null);
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
