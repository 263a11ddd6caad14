package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Stored;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link BucketStore} does, of whatever engine. */
public abstract class BucketStoreSpecification {
  private final StoreWriter writer = new StoreWriter();
  private BucketStore store;

  /** An empty store. */
  protected abstract BucketStore open() throws IOException;

  /** What was kept of this one, which is still open: closed properly, and opened again. */
  protected abstract BucketStore reopened(BucketStore store) throws IOException;

  @BeforeEach
  void open_the_store() throws IOException {
    store = open();
  }

  @AfterEach
  void close_the_store() throws IOException {
    store.close();
  }

  private void reopen() throws IOException {
    store = reopened(store);
  }

  private Stored load(String bucket) throws IOException {
    return store.load(bucket).orElseThrow();
  }

  @Nested
  class A_bucket {
    @Test
    void is_not_there_unless_something_was_kept() throws IOException {
      assertThat(store.load("none")).isEmpty();
      assertThat(store.head("none")).isEqualTo(Head.NONE);
      assertThat(store.size()).isZero();
      assertThat(store.scan(0, 10, (name, head) -> {})).isZero();
    }

    @Test
    void has_its_keys_and_the_number_of_its_changes() throws IOException {
      writer.put("b", "k", "1").put("b", "l", "2").put("b", "k", "3").appendTo(store);
      reopen();

      assertThat(load("b").seq()).isEqualTo(writer.seq("b"));
      assertThat(load("b").changes())
          .containsExactlyInAnyOrder(new Change.Put("k", "3"), new Change.Put("l", "2"));
      assertThat(store.head("b")).isEqualTo(new Head(Kind.HASH, false, 0, 0));
      assertThat(store.size()).isEqualTo(1);
    }

    @Test
    void counts_changes_that_leave_nothing() throws IOException {
      writer.put("b", "k", "1").put("b", "l", "2").change("b", new Change.Removed("l"));
      writer.change("b", new Change.Removed("never there")).appendTo(store);

      assertThat(load("b"))
          .isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Put("k", "1"))));
    }

    @Test
    void ends_with_its_last_key() throws IOException {
      writer.put("b", "k", "1").appendTo(store);
      writer.change("b", new Change.Removed("k")).appendTo(store);

      assertThat(store.load("b")).isEmpty();
      assertThat(store.size()).isZero();
    }

    @Test
    void stays_without_keys_if_it_is_kept() throws IOException {
      writer.change("b", new Change.Kept()).put("b", "k", "1");
      writer.change("b", new Change.Removed("k")).appendTo(store);
      reopen();

      assertThat(load("b")).isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Kept())));
    }

    @Test
    void that_was_dropped_and_made_again_has_nothing_of_the_old_one() throws IOException {
      writer.put("b", "k", "1").put("b", "l", "2").put("c", "k", "3").appendTo(store);
      writer.change("b", new Change.Dropped()).put("b", "m", "4").appendTo(store);

      assertThat(load("b"))
          .isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Put("m", "4"))));
      assertThat(load("c"))
          .isEqualTo(new Stored(writer.seq("c"), List.of(new Change.Put("k", "3"))));
      assertThat(store.size()).isEqualTo(2);
    }

    @Test
    void can_be_one_value_and_then_a_map_and_back() throws IOException {
      writer.put("b", "k", "1").change("b", new Change.Text("all")).appendTo(store);
      assertThat(load("b")).isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Text("all"))));
      assertThat(store.head("b").kind()).isEqualTo(Kind.TEXT);

      writer.change("b", new Change.Dropped()).put("b", "l", "2").appendTo(store);
      assertThat(load("b"))
          .isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Put("l", "2"))));

      writer.change("b", new Change.Text("")).appendTo(store);
      assertThat(load("b")).isEqualTo(new Stored(writer.seq("b"), List.of(new Change.Text(""))));
    }

    @Test
    void keeps_deadlines_of_its_own_and_of_keys() throws IOException {
      writer.put("b", "k", "1").put("b", "l", "2").change("b", new Change.KeyDeadline("k", 70));
      writer.change("b", new Change.Deadline(90)).appendTo(store);
      reopen();

      assertThat(load("b").changes())
          .containsExactly(
              new Change.Put("k", "1"),
              new Change.KeyDeadline("k", 70),
              new Change.Put("l", "2"),
              new Change.Deadline(90));
      assertThat(store.head("b")).isEqualTo(new Head(Kind.HASH, false, 90, 70));

      writer.put("b", "k", "3").appendTo(store);
      assertThat(load("b").changes()).doesNotContain(new Change.KeyDeadline("k", 70));
      assertThat(store.head("b").wake()).isEqualTo(90);
    }

    @Test
    void may_have_any_bytes_as_name_key_and_value_or_none() throws IOException {
      var all = new StringBuilder();
      for (char c = 0; c < 256; c++) {
        all.append(c);
      }
      writer.put("", "", "").put(all.toString(), all.toString(), all.toString()).appendTo(store);

      assertThat(load("").changes()).containsExactly(new Change.Put("", ""));
      assertThat(load(all.toString()).changes())
          .containsExactly(new Change.Put(all.toString(), all.toString()));
    }

    @Test
    void is_not_mixed_up_with_one_whose_name_begins_alike() throws IOException {
      writer.put("a", "bc", "1").put("ab", "c", "2").put("abc", "", "3").appendTo(store);
      writer.change("ab", new Change.Dropped()).appendTo(store);

      assertThat(load("a").changes()).containsExactly(new Change.Put("bc", "1"));
      assertThat(store.load("ab")).isEmpty();
      assertThat(load("abc").changes()).containsExactly(new Change.Put("", "3"));
    }

    @Test
    void may_be_large() throws IOException {
      String value = "x".repeat(3 << 20);
      for (int i = 0; i < 5000; i++) {
        writer.put("b", "key " + i, "value " + i);
      }
      writer.put("b", "large", value).appendTo(store);
      reopen();

      assertThat(load("b").changes()).hasSize(5001).contains(new Change.Put("large", value));
    }
  }

  @Nested
  class A_scan {
    @Test
    void shows_each_bucket_once_whatever_the_size_of_its_steps() throws IOException {
      for (int i = 0; i < 500; i++) {
        writer.put("bucket " + i, "k", "v");
      }
      writer.appendTo(store);

      for (int count : new int[] {1, 7, 100, 10_000}) {
        var seen = new ArrayList<String>();
        long cursor = 0;
        do {
          cursor = store.scan(cursor, count, (name, head) -> seen.add(name));
        } while (cursor != 0);
        assertThat(seen).hasSize(500).doesNotHaveDuplicates();
      }
    }

    @Test
    void misses_none_that_is_there_all_the_while() throws IOException {
      for (int i = 0; i < 200; i++) {
        writer.put("stays " + i, "k", "v").put("goes " + i, "k", "v");
      }
      writer.appendTo(store);

      var seen = new ArrayList<String>();
      long cursor = 0;
      int round = 0;
      do {
        cursor = store.scan(cursor, 5, (name, head) -> seen.add(name));
        writer.put("comes " + round, "k", "v");
        writer.change("goes " + round % 200, new Change.Dropped()).appendTo(store);
        round++;
      } while (cursor != 0 && round < 200);

      assertThat(cursor).isZero();
      assertThat(seen).doesNotHaveDuplicates();
      assertThat(seen).filteredOn(name -> name.startsWith("stays")).hasSize(200);
    }
  }

  @Nested
  class What_is_due {
    @Test
    void is_told_the_earliest_first() throws IOException {
      for (int i = 0; i < 10; i++) {
        writer.put("b" + i, "k", "v").change("b" + i, new Change.Deadline(100 - i));
      }
      writer.put("never", "k", "v").appendTo(store);
      reopen();

      assertThat(store.nextDue()).isEqualTo(91);
      assertThat(store.due(93, 10)).containsExactly("b9", "b8", "b7");
      assertThat(store.due(1000, 2)).containsExactly("b9", "b8");
      assertThat(store.due(90, 10)).isEmpty();
    }

    @Test
    void follows_what_changes() throws IOException {
      assertThat(store.nextDue()).isZero();
      writer.put("b", "k", "v").change("b", new Change.KeyDeadline("k", 50)).appendTo(store);
      assertThat(store.nextDue()).isEqualTo(50);

      writer.put("c", "k", "v").change("c", new Change.Deadline(40)).appendTo(store);
      assertThat(store.nextDue()).isEqualTo(40);

      writer.change("c", new Change.Deadline(60)).appendTo(store);
      assertThat(store.nextDue()).isEqualTo(50);

      writer.change("b", new Change.Removed("k")).appendTo(store);
      assertThat(store.nextDue()).isEqualTo(60);
      assertThat(store.due(60, 5)).containsExactly("c");

      writer.change("c", new Change.Deadline(0)).appendTo(store);
      assertThat(store.nextDue()).isZero();
      assertThat(store.due(Long.MAX_VALUE, 5)).isEmpty();
    }
  }

  @Nested
  class An_index_of_a_log {
    @Test
    void is_stored_with_the_changes_of_its_entry() throws IOException {
      assertThat(store.applied()).isZero();
      store.append(writer.put("b", "k", "1").group(), 7);
      assertThat(store.applied()).isEqualTo(7);
      reopen();

      assertThat(store.applied()).isEqualTo(7);
      assertThat(load("b").changes()).containsExactly(new Change.Put("k", "1"));
    }

    @Test
    void is_stored_without_changes_too() throws IOException {
      store.append(List.of(), 1L << 40);
      reopen();

      assertThat(store.applied()).isEqualTo(1L << 40);
      assertThat(store.size()).isZero();
    }

    @Test
    void is_not_changed_by_changes_that_are_in_no_log() throws IOException {
      store.append(List.of(), 7);
      writer.put("b", "k", "1").appendTo(store);

      assertThat(store.applied()).isEqualTo(7);
    }
  }

  @Nested
  class A_store {
    @Test
    void writes_nothing_after_it_was_closed() throws IOException {
      store.close();

      assertThatThrownBy(() -> writer.put("b", "k", "v").appendTo(store))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
      assertThatThrownBy(() -> store.load("b")).isInstanceOf(IOException.class);
    }

    @Test
    void takes_an_empty_group() throws IOException {
      store.append(List.of());
      store.sync();

      assertThat(store.size()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.journal.BucketStoreSpecification#seeds")
    void has_what_buckets_had_whatever_was_done(long seed) throws IOException {
      var random = new Random(seed);
      for (int round = 0; round < 60; round++) {
        for (int i = random.nextInt(30); i >= 0; i--) {
          writer.any(random);
        }
        writer.appendTo(store);
        if (random.nextInt(3) == 0) {
          store.sync();
        }
        if (random.nextInt(10) == 0) {
          reopen();
        }
        assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
        checkDue();
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.journal.BucketStoreSpecification#seeds")
    void has_the_same_without_what_was_void_in_a_group(long seed) throws IOException {
      var random = new Random(seed);
      var superseded = new Superseded();
      int left = 0;
      int all = 0;
      for (int round = 0; round < 20; round++) {
        for (int i = random.nextInt(400); i >= 0; i--) {
          if (random.nextInt(40) == 0) {
            writer.any(random);
          } else {
            writer.value(random);
          }
        }
        var group = new ArrayList<>(writer.group());
        all += group.size();
        superseded.takeOut(group);
        left += group.size();
        store.append(group);
        assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
        checkDue();
      }
      reopen();

      assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
      assertThat(left).isLessThan(all);
    }

    @Test
    void never_says_that_there_is_surely_no_bucket_where_there_is_one() throws IOException {
      for (int i = 0; i < 300; i++) {
        writer.put("bucket " + i, "k", "v");
        if (i == 100) {
          writer.appendTo(store);
          reopen();
        }
      }
      writer.appendTo(store);

      for (int i = 0; i < 300; i++) {
        assertThat(store.mayHave("bucket " + i)).isTrue();
      }
      writer.change("bucket 7", new Change.Dropped()).put("bucket 7", "k", "v").appendTo(store);
      assertThat(store.mayHave("bucket 7")).isTrue();
      assertThat(store.mayHave("none")).isFalse(); // with so few it can tell
    }

    private void checkDue() throws IOException {
      var waking = new HashSet<String>();
      long first = Long.MAX_VALUE;
      for (String name : writer.names()) {
        long wake = store.head(name).wake();
        if (wake != 0) {
          waking.add(name);
          first = Math.min(first, wake);
        }
      }
      assertThat(new HashSet<>(store.due(Long.MAX_VALUE, 1000))).isEqualTo(waking);
      assertThat(store.nextDue()).isEqualTo(waking.isEmpty() ? 0 : first);
    }
  }

  static LongStream seeds() {
    return Seeds.some(20);
  }
}
