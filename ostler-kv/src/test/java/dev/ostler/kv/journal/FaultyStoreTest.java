package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.FaultyStore.Call;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The store whose disk fails does what others do until it does. */
class FaultyStoreTest extends BucketStoreSpecification {
  private MemoryStore memory = new MemoryStore();

  @Override
  protected BucketStore open() {
    return new FaultyStore(memory);
  }

  @Override
  protected BucketStore reopened(BucketStore store) throws IOException {
    store.close();
    memory = memory.reopened();
    return new FaultyStore(memory);
  }

  @Nested
  class A_fault {
    private final FaultyStore faulty = new FaultyStore(memory);
    private final StoreWriter writer = new StoreWriter();

    @Test
    void of_a_write_keeps_nothing_of_it_and_lets_none_follow() throws IOException {
      faulty.fail(Call.APPEND, 2, FaultyStore.ENOSPC);
      writer.put("b", "k", "1").appendTo(faulty);

      assertThatThrownBy(() -> writer.put("b", "k", "2").appendTo(faulty))
          .hasMessage(FaultyStore.ENOSPC);
      assertThatThrownBy(() -> writer.put("b", "k", "3").appendTo(faulty))
          .hasMessageContaining(FaultyStore.ENOSPC);
      assertThatThrownBy(faulty::sync).isInstanceOf(IOException.class);
      assertThat(faulty.load("b").orElseThrow().changes())
          .containsExactly(new Change.Put("k", "1"));
    }

    @Test
    void of_a_sync_leaves_what_was_appended_unsure() throws IOException {
      faulty.fail(Call.SYNC, 1, FaultyStore.EIO);
      writer.put("b", "k", "1").appendTo(faulty);

      assertThatThrownBy(faulty::sync).hasMessage(FaultyStore.EIO);
      assertThatThrownBy(() -> writer.put("b", "k", "2").appendTo(faulty))
          .hasMessageContaining(FaultyStore.EIO);
      assertThat(memory.unsynced()).isEqualTo(1);
    }

    @Test
    void of_a_read_is_over_with_the_next() throws IOException {
      faulty.fail(Call.LOAD, 1, FaultyStore.EIO);

      assertThatThrownBy(() -> faulty.load("b")).hasMessage(FaultyStore.EIO);
      assertThat(faulty.load("b")).isEmpty();
    }

    @Test
    void can_be_that_it_takes_as_long_as_a_test_says() throws Exception {
      var begun = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      faulty.before(
          Call.SYNC,
          1,
          () -> {
            begun.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          });
      writer.put("b", "k", "1").appendTo(faulty);
      var syncing = Thread.ofPlatform().start(() -> assertThat(synced()).isTrue());
      begun.await();
      assertThat(memory.unsynced()).isEqualTo(1);

      goOn.countDown();
      syncing.join();
      assertThat(memory.unsynced()).isZero();
    }

    private boolean synced() {
      try {
        faulty.sync();
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
