package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When replies of a store on several nodes may be sent. */
class LeasedGateTest {
  private final BlockingDeque<CompletableFuture<Void>> asked = new LinkedBlockingDeque<>();
  private final List<String> told = new ArrayList<>();
  private boolean certain;

  /** A lease that is what the test says. */
  private final class Given implements BucketStore.Lease {
    @Override
    public boolean isCertain() {
      return certain;
    }

    @Override
    public CompletableFuture<Void> confirm() {
      var answer = new CompletableFuture<Void>();
      asked.add(answer);
      return answer;
    }
  }

  private final Journal journal =
      new Journal(
          new ForwardingStore(new MemoryStore()) {
            private final Lease lease = new Given();

            @Override
            public Optional<Lease> lease() {
              return Optional.of(lease);
            }
          },
          Sync.ALWAYS,
          (_, _) -> {});

  private final Gate gate = Gate.of(journal);

  @AfterEach
  void close() throws IOException {
    journal.close();
  }

  private void expect(String who) {
    gate.whenOpen(why -> told.add(why == null ? who : who + ": " + why.getMessage()));
  }

  @Test
  void a_reply_that_has_read_nothing_waits_for_nothing() {
    assertThat(gate.isOpen()).isTrue();
  }

  @Test
  void a_read_is_sent_at_once_while_the_lease_is_certain() {
    certain = true;
    gate.need(0);
    assertThat(gate.isOpen()).isTrue();
    assertThat(asked).isEmpty();
  }

  @Test
  void a_read_is_withheld_until_the_lease_is_confirmed() {
    gate.need(0);
    assertThat(gate.isOpen()).isFalse();
    expect("reply");
    assertThat(told).isEmpty();

    asked.getFirst().complete(null);
    assertThat(told).containsExactly("reply");
    assertThat(gate.isOpen()).as("although the lease has ended since").isTrue();
  }

  @Test
  void a_read_after_the_question_is_not_covered_by_its_answer() {
    gate.need(0);
    expect("first");
    gate.need(0);
    asked.getFirst().complete(null);

    assertThat(told).containsExactly("first");
    assertThat(gate.isOpen()).isFalse();
    expect("second");
    asked.getLast().complete(null);
    assertThat(told).containsExactly("first", "second");
    assertThat(gate.isOpen()).isTrue();
  }

  @Test
  void a_reply_is_never_sent_if_another_node_leads() {
    gate.need(0);
    expect("reply");
    asked.getFirst().completeExceptionally(new IOException("n1 does not lead"));

    assertThat(told).containsExactly("reply: what was read may be out of date: n1 does not lead");
    assertThat(gate.isOpen()).isFalse();
  }

  @Test
  void whoever_waits_gets_the_reason() throws InterruptedException {
    var gone = new IOException("n1 does not lead");
    certain = true;
    gate.need(0);
    gate.await();
    certain = false;
    gate.need(0);
    var failed = CompletableFuture.runAsync(gate::await);
    asked.take().completeExceptionally(gone);

    assertThatThrownBy(failed::join)
        .hasCauseInstanceOf(KvException.NotKept.class)
        .hasMessageContaining("n1 does not lead");
  }

  @Test
  void a_change_is_withheld_until_it_is_durable_too() {
    certain = true;
    long position = journal.append(new StoreWriter().put("b", "k", "v").group());
    gate.need(position);
    gate.await();
    assertThat(gate.isOpen()).isTrue();
  }
}
