package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.journal.StoreWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups of changes, as they are in the log. */
class WriteCommandTest {
  private static WriteCommand.Read read(byte[] command) {
    return WriteCommand.read(ByteBuffer.wrap(command));
  }

  static LongStream seeds() {
    return Seeds.some(20);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_group_is_read_as_it_was_written(long seed) {
    var random = new Random(seed);
    var writer = new StoreWriter();
    for (int i = 0; i < 200; i++) {
      writer.any(random);
    }
    List<Write> group = writer.group();

    assertThat(WriteCommand.group(group))
        .singleElement()
        .satisfies(
            command -> assertThat(read(command)).isEqualTo(new WriteCommand.Read.Group(0, group)));
  }

  @Test
  void a_head_that_has_not_changed_stays_the_same_object() {
    List<Write> group = new StoreWriter().put("b", "k", "1").put("b", "k", "2").group();
    var read = (WriteCommand.Read.Group) read(WriteCommand.group(group).getFirst());

    assertThat(read.writes().getLast().after()).isSameAs(read.writes().getLast().before());
  }

  @Test
  void a_number_is_read_as_it_was_written() {
    assertThat(read(WriteCommand.number(1L << 60)))
        .isEqualTo(new WriteCommand.Read.Reserved(1L << 60));
  }

  @Test
  void a_large_group_is_several_commands_each_small_enough() {
    var writer = new StoreWriter();
    for (int i = 0; i < 7; i++) {
      writer.put("b", "k" + i, "v".repeat(1_000_000));
    }
    List<Write> group = writer.group();
    List<byte[]> commands = WriteCommand.group(group);

    var read = new ArrayList<Write>();
    for (int i = 0; i < commands.size(); i++) {
      assertThat(commands.get(i).length).isLessThanOrEqualTo(Leadership.MOST_BYTES);
      switch (read(commands.get(i))) {
        case WriteCommand.Read.Part(long before, var writes) -> {
          assertThat(before).isEqualTo(i);
          assertThat(i).isLessThan(commands.size() - 1);
          read.addAll(writes);
        }
        case WriteCommand.Read.Group(long before, var writes) -> {
          assertThat(before).isEqualTo(i);
          assertThat(i).isEqualTo(commands.size() - 1);
          read.addAll(writes);
        }
        case WriteCommand.Read.Reserved _ -> throw new AssertionError("no number was written");
      }
    }
    assertThat(commands).hasSizeGreaterThan(1);
    assertThat(read).isEqualTo(group);
  }

  @Test
  void what_is_no_command_is_refused() {
    assertThatThrownBy(() -> read(new byte[] {9}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown kind 9");
    assertThatThrownBy(() -> read(new byte[] {1, 0, 5, 'b'}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cut short");
  }
}
