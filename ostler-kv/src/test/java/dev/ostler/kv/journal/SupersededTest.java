package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What is left of a group of changes when some of them are void. */
class SupersededTest {
  private final StoreWriter writer = new StoreWriter();
  private final Superseded superseded = new Superseded();

  /** What is left of the changes that are made here, of buckets that are there. */
  private List<String> left(Runnable changes) {
    for (String name : List.of("a", "b")) {
      writer.put(name, "k", "0").put(name, "l", "0");
    }
    writer.change("text", new Change.Text("0"));
    writer.group();
    changes.run();
    var group = new ArrayList<Write>(writer.group());
    superseded.takeOut(group);
    return group.stream().map(SupersededTest::describe).toList();
  }

  private static String describe(Write write) {
    return write.bucket()
        + switch (write.change()) {
          case Change.Put(String key, String value) -> " " + key + "=" + value;
          case Change.Text(String value) -> "=" + value;
          case Change other -> " " + other;
        };
  }

  @Nested
  class Of_new_values {
    @Test
    void the_last_of_each_key_is_left_in_the_order_they_came() {
      assertThat(
              left(
                  () -> {
                    writer.put("a", "k", "1").put("b", "k", "2").put("a", "l", "3");
                    writer.put("a", "k", "4").put("b", "l", "5").put("a", "k", "6");
                  }))
          .containsExactly("b k=2", "a l=3", "b l=5", "a k=6");
    }

    @Test
    void of_a_text_the_last_is_left() {
      assertThat(
              left(
                  () -> {
                    writer.change("text", new Change.Text("1")).put("a", "k", "2");
                    writer.change("text", new Change.Text("3"));
                  }))
          .containsExactly("a k=2", "text=3");
    }

    @Test
    void the_one_that_makes_the_bucket_is_left() {
      assertThat(left(() -> writer.put("new", "k", "1").put("new", "k", "2").put("new", "k", "3")))
          .containsExactly("new k=1", "new k=3");
    }

    @Test
    void those_before_another_change_of_the_bucket_are_left() {
      assertThat(
              left(
                  () -> {
                    writer.put("a", "k", "1").change("a", new Change.Removed("l"));
                    writer.put("a", "k", "2").put("b", "k", "3").put("b", "k", "4");
                  }))
          .containsExactly("a k=1", "a Removed[key=l]", "a k=2", "b k=4");
    }

    @Test
    void those_of_a_bucket_that_was_dropped_between_are_left() {
      assertThat(
              left(
                  () -> {
                    writer.put("a", "k", "1").change("a", new Change.Dropped());
                    writer.put("a", "k", "2").put("a", "k", "3");
                  }))
          .containsExactly("a k=1", "a Dropped[]", "a k=2", "a k=3");
    }
  }

  /** Names and keys that all have the same hash, as somebody may choose them. */
  @Test
  void however_keys_are_chosen_only_what_is_void_goes() {
    assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
    var keys = List.of("");
    for (int i = 0; i < 8; i++) {
      keys = keys.stream().flatMap(key -> List.of(key + "Aa", key + "BB").stream()).toList();
    }
    for (int round = 0; round < 3; round++) {
      for (String key : keys) {
        writer.put("a", key, key + round);
      }
    }
    for (String key : keys) {
      writer.put(key, "k", "v").change(key, new Change.Removed("k"));
      writer.put("a", key, "last " + key);
    }
    var group = new ArrayList<Write>(writer.group());
    superseded.takeOut(group);

    var last = new java.util.HashMap<String, String>();
    for (Write write : group) {
      if (write.change() instanceof Change.Put(String key, String value) && !key.equals("k")) {
        last.put(key, value);
      }
    }
    assertThat(last).hasSize(keys.size()).allSatisfy((key, value) -> value.equals("last " + key));
    assertThat(group.stream().filter(write -> write.change() instanceof Change.Removed))
        .hasSize(keys.size());
  }
}
