package dev.ostler;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The mailbox does each of its operations at one moment, whatever others do meanwhile: many put,
 * one at a time owns, anybody closes.
 */
@Tag(Lincheck.TAG)
@Timeout(300)
class MailboxLincheckTest {

  @Test
  void every_operation_is_one_step_in_every_interleaving() {
    Lincheck.modelCheck(Operations.class, Specification.class);
  }

  @Test
  void every_operation_is_one_step_on_this_machine() {
    Lincheck.stress(Operations.class, Specification.class);
  }

  @Test
  void a_death_in_the_middle_of_a_take_loses_no_message_in_any_interleaving() {
    Lincheck.modelCheck(OwnerAndDeath.class, OwnerAndDeathSpecification.class);
  }

  @Test
  void a_death_in_the_middle_of_a_take_loses_no_message_on_this_machine() {
    Lincheck.stress(OwnerAndDeath.class, OwnerAndDeathSpecification.class);
  }

  /** What became of a put. */
  enum Put {
    QUEUED,
    WOKE,
    REFUSED
  }

  /** What the owner found, other than a message. */
  enum Found {
    IDLE,
    EMPTY,
    NOT_EMPTY,
    DEAD,
    DONE
  }

  /** A mailbox, and what went through it. Public, as Lincheck wishes. */
  @Param(name = "content", gen = IntGen.class, conf = "1:9")
  public static class Operations {
    private final Box box = new Box();
    private final Queue<Message> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<Message> handled = new ConcurrentLinkedQueue<>();
    private final Queue<Message> abandoned = new ConcurrentLinkedQueue<>();

    // Touched by the owner, of whom there is one at a time.
    private boolean owns = true;
    private boolean foundNothing;

    @Operation
    public Put put(@Param(name = "content") int content) {
      var message = new Message.Plain(content, null);
      box.woken.set(false);
      if (!box.put(message)) {
        return Put.REFUSED;
      }
      accepted.add(message);
      return box.woken.get() ? Put.WOKE : Put.QUEUED;
    }

    @Operation(nonParallelGroup = "owner")
    public Object take() {
      if (!owned()) {
        return box.isClosed() ? Found.DEAD : Found.IDLE;
      }
      Message message = box.take();
      if (box.isClosed()) { // as the owner of a server does: what it holds, it abandons
        if (message != null) {
          abandoned.add(message);
        }
        return Found.DEAD;
      }
      foundNothing = message == null;
      if (message == null) {
        return Found.EMPTY;
      }
      handled.add(message);
      return message.payload(box.receiver);
    }

    /** The owner leaves, if it has found nothing; else it would leave messages behind. */
    @Operation(nonParallelGroup = "owner")
    public Found release() {
      if (!owned()) {
        return box.isClosed() ? Found.DEAD : Found.IDLE;
      }
      if (!foundNothing) {
        return box.isClosed() ? Found.DEAD : Found.NOT_EMPTY;
      }
      if (box.release()) {
        owns = false;
        return Found.DONE;
      }
      return box.isClosed() ? Found.DEAD : Found.NOT_EMPTY;
    }

    @Operation(nonParallelGroup = "owner")
    public boolean claim() {
      boolean claimed = box.claim();
      if (claimed) {
        owns = true;
        foundNothing = true;
      }
      return claimed;
    }

    @Operation
    public boolean close() {
      var closing = new Mailbox.Closing();
      boolean closed = box.close(closing);
      if (closed) { // as a death does
        box.abandon(closing.unread, abandoned::add);
        box.forgetHandled();
      }
      return closed;
    }

    /** Whether there is an owner: a sender that woke the process makes this one the owner. */
    private boolean owned() {
      if (!owns && box.isBusy()) {
        owns = true;
        foundNothing = false;
      }
      return owns;
    }

    /** Each message that was accepted is handled, or still waits, or was passed on at the close. */
    @Validate
    public void nothingIsLost() {
      if (box.isClosed()) {
        box.abandon(null, abandoned::add); // the owner of a server, when the death is done
      }
      Set<Message> left = new HashSet<>(accepted);
      left.removeAll(new HashSet<>(handled));
      left.removeAll(new HashSet<>(abandoned));
      if (left.size()
          != (box.isClosed() ? 0 : box.queued())) { // AssertJ does not bear being checked
        throw new AssertionError("lost: " + left);
      }
    }
  }

  /** The same, done by one at a time. */
  public static class Specification {
    private final Queue<Integer> queue = new ArrayDeque<>();
    private boolean idle;
    private boolean dead;
    private boolean foundNothing;

    public Put put(int content) {
      if (dead) {
        return Put.REFUSED;
      }
      queue.add(content);
      if (idle) {
        idle = false;
        foundNothing = false;
        return Put.WOKE;
      }
      return Put.QUEUED;
    }

    public Object take() {
      if (dead || idle) {
        return dead ? Found.DEAD : Found.IDLE;
      }
      Integer content = queue.poll();
      foundNothing = content == null;
      return content == null ? Found.EMPTY : content;
    }

    public Found release() {
      if (dead || idle) {
        return dead ? Found.DEAD : Found.IDLE;
      }
      if (!foundNothing || !queue.isEmpty()) {
        return Found.NOT_EMPTY;
      }
      idle = true;
      return Found.DONE;
    }

    public boolean claim() {
      if (dead || !idle) {
        return false;
      }
      idle = false;
      foundNothing = true;
      return true;
    }

    public boolean close() {
      boolean closed = !dead;
      dead = true;
      return closed;
    }
  }

  /** A mailbox in which several messages wait from the start, its owner, and those who close it. */
  public static class OwnerAndDeath {
    private final Operations waiting = new Operations();

    public OwnerAndDeath() {
      for (int i = 1; i <= 3; i++) {
        waiting.put(i);
      }
    }

    @Operation(nonParallelGroup = "owner")
    public Object take() {
      return waiting.take();
    }

    @Operation
    public boolean close() {
      return waiting.close();
    }

    @Validate
    public void nothingIsLost() {
      waiting.nothingIsLost();
    }
  }

  /** The same, done by one at a time. */
  public static class OwnerAndDeathSpecification {
    private final Specification waiting = new Specification();

    public OwnerAndDeathSpecification() {
      for (int i = 1; i <= 3; i++) {
        waiting.put(i);
      }
    }

    public Object take() {
      return waiting.take();
    }

    public boolean close() {
      return waiting.close();
    }
  }

  /** A mailbox that notes whether a put was to wake its owner. */
  static final class Box extends Mailbox {
    final ThreadLocal<Boolean> woken = ThreadLocal.withInitial(() -> false);
    final Proc receiver = new ThreadProc("receiver", null);

    Box() {
      super(0);
    }

    @Override
    void wake() {
      woken.set(true);
    }

    @Override
    public void send(Object message) {
      throw new AssertionError(message);
    }

    @Override
    public void sendPriority(Object message) {
      throw new AssertionError(message);
    }

    @Override
    public void exit(ExitReason reason) {
      throw new AssertionError(reason);
    }

    @Override
    public boolean isAlive() {
      return !isClosed();
    }

    @Override
    public String label() {
      return "box";
    }
  }
}
