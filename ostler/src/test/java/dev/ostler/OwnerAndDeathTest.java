package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A death meets an owner in the middle of a take, on a real machine, whose threads see each other's
 * writes late: each message is the death's to pass on, or the owner's, who then knows of the death.
 */
@Timeout(60)
class OwnerAndDeathTest {
  private static final int ROUNDS = 500;

  /** Mailboxes a round: two threads that start at once meet in some of them. */
  private static final int BOXES = 1000;

  @ParameterizedTest(name = "{0} waiting")
  @ValueSource(ints = {1, 2, 3})
  void no_message_is_lost_between_an_owner_and_a_death(int waiting) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      new Round(waiting).run();
    }
  }

  /** One thread takes from each of many mailboxes while another closes them, in the same order. */
  private static final class Round {
    private final MailboxLincheckTest.Box[] boxes = new MailboxLincheckTest.Box[BOXES];
    private final Message[] handledUnaware = new Message[BOXES];
    private final Message[] abandonedByOwner = new Message[BOXES];
    private final List<List<Message>> abandonedByDeath = new ArrayList<>();
    private final int waiting;

    Round(int waiting) {
      this.waiting = waiting;
      for (int i = 0; i < BOXES; i++) {
        abandonedByDeath.add(new ArrayList<>(4));
        boxes[i] = new MailboxLincheckTest.Box();
        for (int content = 0; content < waiting; content++) {
          boxes[i].put(new Message.Plain(content, null));
        }
      }
    }

    void run() throws Exception {
      var start = new CyclicBarrier(2);
      var owner =
          new FutureTask<>(
              () -> {
                start.await();
                own();
                return true;
              });
      Thread.ofPlatform().start(owner);
      start.await();
      end();
      assertThat(owner.get()).isTrue();
      for (int i = 0; i < BOXES; i++) {
        check(i);
      }
    }

    private void own() {
      for (int i = 0; i < BOXES; i++) {
        Message taken = boxes[i].take();
        if (boxes[i].isClosed()) {
          abandonedByOwner[i] = taken;
        } else {
          handledUnaware[i] = taken;
        }
      }
    }

    private void end() {
      for (int i = 0; i < BOXES; i++) {
        var closing = new Mailbox.Closing();
        boxes[i].close(closing);
        boxes[i].abandon(closing.unread, abandonedByDeath.get(i)::add);
        boxes[i].forgetHandled();
      }
    }

    private void check(int i) {
      var told = new HashSet<>(abandonedByDeath.get(i));
      if (handledUnaware[i] != null) {
        assertThat(told)
            .as("its caller waits, and the death has not told it")
            .contains(handledUnaware[i]);
      }
      if (abandonedByOwner[i] != null) {
        told.add(abandonedByOwner[i]);
      }
      boxes[i].abandon(null, told::add); // the owner, when the death is done
      assertThat(told).hasSize(waiting);
    }
  }
}
