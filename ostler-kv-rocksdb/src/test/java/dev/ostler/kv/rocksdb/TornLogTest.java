package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.rocksdb.LogScan.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log that ends too soon, anywhere in its last 64 KiB. It is read at each of these places; a
 * store is opened at some of them, which takes a thousand times as long.
 */
class TornLogTest {
  private static final int TAIL = 64 << 10;

  @TempDir private static Path directory;

  private static CrashImage image;
  private static int length;

  @BeforeAll
  static void write() throws IOException {
    image = CrashImage.of(directory.resolve("store"), 42, TAIL * 5 / 4);
    length = image.logBytes().length;
  }

  private static byte[] cutAt(int end) {
    return Arrays.copyOf(image.logBytes(), end);
  }

  @Test
  void is_cut_after_the_last_group_that_is_whole_wherever_it_ends() {
    for (int end = length - TAIL; end <= length; end++) {
      Finding finding = LogScan.of(Path.of(image.log()), cutAt(end));
      int whole = image.states().floorKey(end);

      assertThat(finding.whole() || finding.torn()).as("cut at %d: %s", end, finding).isTrue();
      assertThat(finding.end()).as("cut at %d", end).isEqualTo(whole);
    }
  }

  @Test
  void opens_with_the_groups_before_it_and_says_what_was_cut() throws IOException {
    for (int end = length - TAIL; end <= length; end += end < length - 40 ? 2003 : 1) {
      Path copy = image.copy(directory, image.log(), cutAt(end));
      var opened = CrashImage.open(copy, false);
      var whole = image.states().floorEntry(end);

      assertThat(opened.content()).as("cut at %d", end).isEqualTo(whole.getValue());
      if (whole.getKey() == end) {
        assertThat(opened.reports()).as("cut at %d", end).isEmpty();
      } else {
        assertThat(opened.reports())
            .singleElement()
            .asString()
            .contains(image.log(), "cut", "from byte " + whole.getKey() + " on");
      }
    }
  }

  @Test
  void may_end_in_sectors_that_were_never_written() throws IOException {
    for (int end = length - 40; end < length; end += 3) {
      byte[] zeros = Arrays.copyOf(cutAt(end), length + 4096);
      var opened = CrashImage.open(image.copy(directory, image.log(), zeros), false);

      assertThat(opened.content()).isEqualTo(image.states().floorEntry(end).getValue());
      assertThat(opened.reports()).hasSize(1);
    }
  }

  @Test
  void takes_what_is_written_after_it_was_cut() throws IOException {
    Path copy = image.copy(directory, image.log(), cutAt(length - 3));
    try (var store = new RocksEngine().open(copy, false, said -> {})) {
      new StoreWriter().put("new one", "k", "v").appendTo(store);
    }
    assertThat(CrashImage.open(copy, false).content()).containsKey("new one");
  }
}
