package dev.ostler.kv.server.cli;

import static dev.ostler.kv.server.cli.Stores.change;
import static dev.ostler.kv.server.cli.Stores.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kv export} and {@code kv import}, on stores on disk. */
class ExportImportTest {
  private static final long FAR = 4_000_000_000_000L; // the year 2096

  @TempDir private Path folder;
  private Path store;
  private Path other;
  private Path file;

  @BeforeEach
  void nameThem() {
    store = folder.resolve("store");
    other = folder.resolve("other");
    file = folder.resolve("file");
  }

  private static void fill(Path directory) {
    try (Kv kv = Stores.open(directory)) {
      change(kv, "shopping", put("milk", "1"), put("eggs", "12"), put("milk", "2"));
      change(kv, "shopping", new Change.KeyDeadline("eggs", FAR));
      change(kv, "Zürich", new Change.Text(Bytes.of("8000 é")), new Change.Deadline(FAR + 1));
      change(kv, "empty", new Change.Kept());
      change(kv, "binary", put("\u00ff\u00fe", "\u0080"), put("", ""), new Change.Kept());
      change(kv, "binary", new Change.KeyDeadline("\u00ff\u00fe", FAR + 2));
      change(kv, "dropped", put("a", "b"), new Change.Dropped());
    }
  }

  private String exported(Path directory) throws IOException {
    Path to = folder.resolve("exported");
    assertThat(Ran.kv("export", "--data", directory, to, "--force").code()).isZero();
    return Files.readString(to);
  }

  /** The line, with 0 in place of the last change's number. */
  private static String unnumbered(String line) {
    return line.replaceAll("\"seq\":\\d+", "\"seq\":0");
  }

  private static long seq(String export, String name) {
    String from = export.substring(export.indexOf("{\"name\":\"" + name + "\",\"seq\":"));
    return Long.parseLong(from.replaceAll("(?s)^.*?\"seq\":(\\d+).*$", "$1"));
  }

  /** The line of an export for this bucket. */
  private static String line(String name, int seq, String rest) {
    return "{\"name\":\"%s\",\"seq\":%d,\"kept\":%s}\n".formatted(name, seq, rest);
  }

  /** The part of the output with the contents, from the first number on. */
  private static String contents(String said) {
    return said.replaceAll("^\\D*", "").replaceAll("( to .*|, and .*)?\\R$", "");
  }

  @Nested
  class What_is_exported {
    @Test
    void can_be_imported_and_exported_again_the_same() throws IOException {
      fill(store);

      Ran out = Ran.kv("export", "--data", store, file);
      Ran in = Ran.kv("import", "--data", other, file);

      assertThat(out.err()).startsWith("exported 4 buckets, 4 keys, ");
      assertThat(out.code()).isZero();
      assertThat(in.err()).startsWith("imported ").endsWith(", and read back the same\n");
      assertThat(in.code()).isZero();
      assertThat(contents(in.err())).isEqualTo(contents(out.err()));
      assertThat(exported(other)).isEqualTo(Files.readString(file));
    }

    @Test
    void has_a_line_for_each_bucket() throws IOException {
      fill(store);

      List<String> lines = exported(store).lines().map(ExportImportTest::unnumbered).toList();

      assertThat(lines)
          .hasSize(6)
          .startsWith("{\"format\":\"ostler-kv export\",\"version\":1}")
          .contains(
              "{\"name\":\"shopping\",\"seq\":0,\"kept\":false,"
                  + "\"keys\":{\"eggs\":\"12\",\"milk\":\"2\"},\"deadlines\":{\"eggs\":"
                  + FAR
                  + "}}",
              "{\"name\":\"Zürich\",\"seq\":0,\"kept\":false,\"deadline\":"
                  + (FAR + 1)
                  + ",\"text\":\"8000 é\"}",
              "{\"name\":\"empty\",\"seq\":0,\"kept\":true,\"keys\":{}}");
      assertThat(lines.getLast()).startsWith("{\"buckets\":4,\"keys\":4,\"crc32c\":\"");
    }

    @Test
    void is_there_when_a_server_opens_what_it_was_imported_into() throws IOException {
      fill(store);
      Ran.kv("export", "--data", store, file);
      Ran.kv("import", "--data", other, file);

      try (Kv kv = Stores.open(other)) {
        assertThat(kv.lookup("shopping").orElseThrow().get("milk")).contains("2");
        assertThat(kv.lookup("empty")).isPresent();
        assertThat(kv.lookup("dropped")).isEmpty();
        change(kv, "shopping", put("milk", "3"));
      }
      assertThat(seq(exported(other), "shopping")).isGreaterThan(seq(exported(store), "shopping"));
    }

    @Test
    void may_be_a_bucket_of_100000_keys() throws IOException {
      try (Kv kv = Stores.open(store)) {
        var puts = new Change[100_000];
        Arrays.setAll(puts, i -> put("key " + i, "value " + i));
        change(kv, "large", puts);
      }

      Ran out = Ran.kv("export", "--data", store, file);
      Ran in = Ran.kv("import", "--data", other, file);

      assertThat(out.err()).startsWith("exported 1 bucket, 100,000 keys, 1,977,785 bytes, ");
      assertThat(contents(in.err())).isEqualTo(contents(out.err()));
      assertThat(exported(other)).isEqualTo(Files.readString(file));
    }

    @Test
    void goes_through_a_pipe() throws Exception {
      fill(store);

      Ran out = Ran.apart(new byte[0], "export", "--data", store);
      byte[] piped = out.out().getBytes(StandardCharsets.UTF_8);
      Ran in = Ran.apart(piped, "import", "--data", other, "-");

      assertThat(out.code()).isZero();
      assertThat(in.code()).isZero();
      assertThat(contents(in.err())).isEqualTo(contents(out.err()));
      assertThat(exported(other)).isEqualTo(out.out());
    }

    @Test
    void does_not_have_what_is_over() throws Exception {
      String past =
          "{\"format\":\"ostler-kv export\",\"version\":1}\n"
              + line("over", 2, "false,\"deadline\":1,\"text\":\"\"")
              + line("both", 3, "true,\"keys\":{\"a\":\"1\"},\"deadlines\":{\"a\":1}")
              + line("none", 2, "false,\"keys\":{\"a\":\"1\"},\"deadlines\":{\"a\":1}");
      Ran.apart(past.getBytes(StandardCharsets.UTF_8), "import", "--data", store, "-");

      assertThat(exported(store))
          .contains("{\"name\":\"both\",\"seq\":4,\"kept\":true,\"keys\":{}}")
          .doesNotContain("over", "none");
    }
  }

  @Nested
  class An_export {
    @Test
    void never_overwrites_a_file_unless_forced() throws IOException {
      fill(store);
      Files.writeString(file, "precious");

      Ran refused = Ran.kv("export", "--data", store, file);

      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err())
          .isEqualTo("kv: " + file + " exists already; --force overwrites it\n");
      assertThat(file).hasContent("precious");
      assertThat(Ran.kv("export", "--data", store, file, "--force").code()).isZero();
      assertThat(Files.readString(file)).startsWith("{\"format\"");
      assertThat(folder.resolve("file.part")).doesNotExist();
    }

    @Test
    void into_a_directory_that_is_not_there_says_so() {
      fill(store);

      Ran refused = Ran.kv("export", "--data", store, folder.resolve("no/file"));

      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err()).startsWith("kv: nothing was exported: ").contains("no/file.part");
    }

    @Test
    void of_a_store_that_is_not_there_makes_none() {
      Ran refused = Ran.kv("export", "--data", store, file);

      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err()).startsWith("kv: no store in " + store);
      assertThat(store).doesNotExist();
      assertThat(file).doesNotExist();
    }

    @Test
    void of_a_store_that_a_server_has_says_what_to_do() {
      try (Kv kv = Stores.open(store)) {
        kv.create("b");
        Ran refused = Ran.kv("export", "--data", store, file);

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
            .startsWith("kv: the store in " + store + " cannot be opened: ")
            .contains(store + " is in use by ")
            .contains(
                "(If a server has it open: kv backup DIR copies it, kv export --data DIR reads");
        assertThat(file).doesNotExist();
      }
    }
  }

  @Nested
  class An_import {
    @Test
    void into_a_store_that_a_server_has_is_refused() {
      fill(store);
      Ran.kv("export", "--data", store, file);
      try (Kv kv = Stores.open(other)) {
        kv.create("b");
        Ran refused = Ran.kv("import", "--data", other, file);

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains(other + " is in use by ", "Stop that one first");
      }
    }

    @Test
    void of_a_file_that_is_wrong_changes_nothing() throws IOException {
      fill(store);
      Ran.kv("export", "--data", store, file);
      String whole = Files.readString(file);
      Path cut =
          Files.writeString(folder.resolve("cut"), whole.substring(0, whole.indexOf("eggs")));
      Path flipped = Files.writeString(folder.resolve("flipped"), whole.replace("12", "13"));

      assertThat(Ran.kv("import", "--data", other, cut).err())
          .startsWith("kv: nothing was imported: " + cut + ", line ");
      assertThat(Ran.kv("import", "--data", other, flipped).err())
          .startsWith("kv: nothing was imported: " + flipped + ", line 6: expected lines with the")
          .endsWith(": a line was changed\n");
      assertThat(Ran.kv("import", "--data", other, folder.resolve("no")).err())
          .isEqualTo("kv: there is no file " + folder.resolve("no") + "\n");
      assertThat(other).doesNotExist();
    }

    @Test
    void of_an_input_that_ends_too_early_keeps_what_came_and_fails() throws Exception {
      fill(store);
      String whole = exported(store);
      String cut = whole.substring(0, whole.lastIndexOf("{\"buckets\""));

      Ran ran = Ran.apart(cut.getBytes(StandardCharsets.UTF_8), "import", "--data", other, "-");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err())
          .startsWith("kv: standard input, line 6: expected a bucket, or the last line")
          .contains("the file is incomplete; what came before is imported: 4 buckets, 4 keys");
      assertThat(exported(other)).isEqualTo(whole);
    }

    @Test
    void into_a_store_with_buckets_is_refused_unless_it_replaces_them() throws IOException {
      fill(store);
      Ran.kv("export", "--data", store, file);
      try (Kv kv = Stores.open(other)) {
        change(kv, "shopping", put("milk", "7"), put("beer", "6"), put("tea", "5"));
        change(kv, "empty", new Change.Text("not empty"), new Change.Deadline(FAR));
        change(kv, "mine", put("a", "1"));
      }

      Ran refused = Ran.kv("import", "--data", other, file);
      Ran replaced = Ran.kv("import", "--data", other, "--replace", file);

      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err())
          .startsWith("kv: the store in " + other + " has 3 buckets already; --replace replaces");
      assertThat(replaced.code()).isZero();
      assertThat(replaced.err()).startsWith("imported 4 buckets, 4 keys, ");
      List<String> before = Files.readAllLines(file);
      assertThat(exported(other).lines())
          .containsAll(before.subList(1, before.size() - 1))
          .hasSize(before.size() + 1);
      assertThat(exported(other).lines().map(ExportImportTest::unnumbered))
          .contains("{\"name\":\"mine\",\"seq\":0,\"kept\":false,\"keys\":{\"a\":\"1\"}}");
    }

    @Test
    void of_a_bucket_twice_is_found_when_it_is_read_back() throws IOException {
      fill(store);
      List<String> lines = exported(store).lines().toList();
      String twice = lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(1) + "\n";
      Path good = folder.resolve("good");
      var buckets = new CRC32C();
      buckets.update(twice.getBytes(StandardCharsets.UTF_8));
      int keys = lines.get(1).contains("\"\"") ? 2 : lines.get(1).contains("milk") ? 2 : 0;
      String crc = HexFormat.of().toHexDigits((int) buckets.getValue());
      Files.writeString(
          good, twice + "{\"buckets\":2,\"keys\":" + 2 * keys + ",\"crc32c\":\"" + crc + "\"}\n");

      Ran ran = Ran.kv("import", "--data", other, good);

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err())
          .contains(
              "the store does not contain what was written",
              "does the file contain a bucket twice?");
    }
  }
}
