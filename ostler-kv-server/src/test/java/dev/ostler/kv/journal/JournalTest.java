package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Sync;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.server.FullHeapLog;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Which of many changes the journal writes to an engine, and when. */
class JournalTest {
  private final StoreWriter writer = new StoreWriter();
  private MemoryStore disk = new MemoryStore();
  private FaultyStore store = new FaultyStore(disk);
  private final List<Integer> sizes = new CopyOnWriteArrayList<>(); // sizes of groups
  private Journal journal = open(Sync.EVERYSEC);

  private Journal open(Sync sync) {
    var counted =
        new ForwardingStore(store) {
          @Override
          public void append(List<Write> group) throws java.io.IOException {
            sizes.add(group.size());
            super.append(group);
          }
        };
    return new Journal(counted, sync, (why, doubtful) -> {});
  }

  private void openAlways() throws IOException {
    journal.close();
    disk = new MemoryStore();
    store = new FaultyStore(disk);
    journal = open(Sync.ALWAYS);
  }

  @AfterEach
  void close() throws IOException {
    journal.close();
  }

  /** Will hold the engine back in the next group; later changes wait behind it. */
  private Hold holdAppend() {
    var hold = new Hold();
    store.before(Call.APPEND, 1, hold::pass);
    return hold;
  }

  private long put(String key, String value) {
    return journal.append(writer.put("b", key, value).group());
  }

  @Nested
  class What_gathers {
    @Test
    void is_appended_at_once_if_a_reader_waits_for_it() {
      Hold hold = holdAppend();
      long first = put("k", "0");
      hold.awaitReached();
      for (int i = 1; i <= 100; i++) {
        put("k", "" + i);
      }
      var told = new CompletableFuture<String>();
      journal.whenWritten(journal.appended(), why -> told.complete("" + why));
      hold.release();

      assertThat(told.join()).isEqualTo("null");
      assertThat(journal.written().hasReached(first + 100)).isTrue();
    }

    @Test
    void reaches_the_engine_without_changes_that_are_void() throws Exception {
      Hold hold = holdAppend();
      put("k", "0");
      hold.awaitReached();
      for (int i = 1; i <= 100; i++) {
        put("k", "" + i);
      }
      hold.release();
      journal.awaitWritten();

      assertThat(sizes).containsExactly(1, 1);
      assertThat(StoreWriter.all(disk)).isEqualTo(writer.all());
    }

    @Test
    void is_appended_although_no_reader_waits_for_it() {
      var told = new CompletableFuture<String>();
      journal.written().whenKnown(put("k", "0"), why -> told.complete("" + why));

      assertThat(told.join()).isEqualTo("null");
    }
  }

  @Nested
  class With_always {
    @Test
    void all_of_a_turn_is_appended_and_synced_once() throws Exception {
      openAlways();
      var turn =
          new TurnThread(
              "turn",
              () -> {
                for (int i = 0; i < 50; i++) {
                  put("k" + i, "v");
                }
                if (Thread.currentThread() instanceof TurnThread self) {
                  self.endTurn();
                }
              });
      turn.start();
      turn.join();
      journal.durable().await(journal.appended());

      assertThat(sizes).containsExactly(50);
      assertThat(store.calls(Call.SYNC)).isEqualTo(1);
      assertThat(disk.unsynced()).isZero();
    }

    @Test
    void the_journal_does_not_wait_for_a_client_that_sends_no_more() throws Exception {
      openAlways();
      for (int client = 0; client < 50; client++) {
        put("k" + client, "v");
      }
      journal.durable().await(journal.appended());
      long position = put("k0", "w");
      journal.durable().await(position);

      assertThat(StoreWriter.all(disk)).isEqualTo(writer.all());
    }

    @Test
    void an_event_from_another_thread_does_not_wait_for_the_turn() throws IOException {
      openAlways();
      long position = put("k", "v");
      journal.durable().await(position);

      assertThat(disk.unsynced()).isZero();
    }
  }

  @Nested
  class On_a_full_disk {
    private static final int MUCH = 1 << 20;

    @Test
    void nothing_is_refused_if_the_engine_can_make_room() {
      store.room(0).roomToMake(MUCH);
      JournalTurn.await(journal);

      assertThatNoException().isThrownBy(journal::check);
      assertThat(journal.hasNoRoom()).isFalse();
    }

    @Test
    void changes_are_refused_if_it_cannot() {
      store.room(0);
      JournalTurn.await(journal);

      assertThatThrownBy(journal::check).hasMessageContaining("the disk is full");
      assertThat(journal.hasNoRoom()).isTrue();
    }

    @Test
    void it_goes_on_although_there_is_no_memory_to_log_that() {
      try (var log = new FullHeapLog("the disk is full")) {
        store.room(0);
        JournalTurn.await(journal);

        assertThat(log.messages()).isEqualTo(1);
        assertThat(journal.hasFailed()).isFalse();
        assertThat(journal.hasNoRoom()).isTrue();
      }
      store.room(Long.MAX_VALUE);
      JournalTurn.await(journal);
      journal.written().await(put("k", "v"));
      assertThat(journal.hasFailed()).isFalse();
    }

    /** A part of the group may be in the log and take the room that the whole of it needs. */
    @Test
    void what_the_engine_had_no_room_for_is_appended_once_it_has_made_room() throws Exception {
      store.before(
          Call.APPEND,
          1,
          () -> {
            store.room(1).roomToMake(MUCH);
            throw new BucketStore.Full("a part is in the log");
          });
      journal.written().await(put("k", "v"));

      assertThat(StoreWriter.all(disk)).isEqualTo(writer.all());
    }

    @Test
    void changes_that_were_made_just_before_others_are_refused_may_take_the_margin() {
      Hold hold = holdAppend();
      long position = put("k", "v".repeat(1000));
      hold.awaitReached();
      store.room(1000).margin(MUCH);
      long next = put("l", "v".repeat(1000));
      hold.release();
      journal.written().await(position);
      journal.written().await(next);

      assertThat(journal.hasFailed()).isFalse();
    }

    @Test
    void the_last_changes_are_appended_if_there_is_room_soon() throws Exception {
      for (int nth = 1; nth <= 3; nth++) {
        store.before(
            Call.APPEND,
            nth,
            () -> {
              throw new BucketStore.Full("there is no room yet");
            });
      }
      put("k", "v");
      journal.close();

      assertThat(journal.hasFailed()).isFalse();
      assertThat(StoreWriter.all(disk.reopened())).isEqualTo(writer.all());
    }
  }

  @Nested
  class Without_memory {
    @Test
    void an_append_is_done_again_and_nothing_is_refused() throws Exception {
      for (int nth = 1; nth <= 3; nth++) {
        store.before(Call.APPEND, nth, Without_memory::noMemory);
      }
      long position = put("k", "v");
      journal.written().await(position);
      journal.written().await(put("l", "w"));

      assertThat(journal.hasFailed()).isFalse();
      assertThat(store.calls(Call.APPEND)).isGreaterThan(3);
      assertThat(StoreWriter.all(disk)).isEqualTo(writer.all());
    }

    @Test
    void what_is_done_between_appends_fails_alone() {
      var done = journal.runBetween(Without_memory::noMemory);

      assertThat(done.handle((_, failure) -> "" + failure).join()).contains("of a test");
      journal.written().await(put("k", "v"));
      assertThat(journal.hasFailed()).isFalse();
    }

    @Test
    void a_waiter_for_a_position_is_told_again() {
      Hold hold = holdAppend();
      long position = put("k", "v");
      hold.awaitReached();
      var told = new CompletableFuture<Integer>();
      var times = new AtomicInteger();
      journal
          .written()
          .whenKnown(
              position,
              why -> { // on the journal's thread
                if (times.incrementAndGet() < 3) {
                  noMemory();
                }
                told.complete(times.get());
              });
      hold.release();

      assertThat(told.join()).isEqualTo(3);
      journal.written().await(put("l", "w"));
    }

    private static void noMemory() {
      throw new OutOfMemoryError("of a test");
    }
  }

  @Test
  void what_gathers_is_appended_and_synced_when_it_is_closed() throws Exception {
    var changes = new ArrayList<Long>();
    for (int i = 0; i < 10; i++) {
      changes.add(put("k" + i, "v"));
    }
    journal.close();

    assertThat(journal.written().hasReached(changes.getLast())).isTrue();
    assertThat(disk.unsynced()).isZero();
    assertThat(StoreWriter.all(disk.reopened())).isEqualTo(writer.all());
  }
}
