package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Stored;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.StoreWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory that format 1 left behind, kept beside this test, opens with all that was in it: a
 * part of it in a table, a part in the log of a server that was killed.
 *
 * <p>It was written once by {@link #writes_the_directory}, and is not to be written again: another
 * format has another directory.
 */
class FormatTest {
  private static final long IN_2100 = 4_102_444_800_000L;
  private static final String BYTES = "\0\u00e9\u00ff";

  @TempDir private Path directory;

  private static StoreWriter first(StoreWriter writer) {
    writer.put("users", "ann", "1").put("users", "bob", "2").put("users", BYTES, BYTES);
    writer.change("users", new Change.KeyDeadline("bob", IN_2100));
    writer.change("greeting", new Change.Text("hello"));
    writer.change("kept", new Change.Kept());
    writer.put("dropped later", "k", "v").put("dropped later", "l", "w");
    writer.put("", "", "").change("", new Change.Deadline(IN_2100 + 1));
    for (int i = 0; i < 300; i++) {
      writer.put("bucket:" + i, "key", "value " + i);
    }
    return writer;
  }

  private static StoreWriter second(StoreWriter writer) {
    writer.put("users", "ann", "3").put("users", "cid", "4");
    writer.change("users", new Change.Removed(BYTES));
    writer.change("dropped later", new Change.Dropped());
    writer.change("greeting", new Change.Text("good bye"));
    return writer.put(BYTES, "only", "in the log");
  }

  @Test
  void finds_every_value_of_format_1() throws Exception {
    copy("format-1");
    try (BucketStore store = new RocksEngine().open(directory, false, said -> {})) {
      assertThat(store.size()).isEqualTo(305);
      assertThat(load(store, "users"))
          .isEqualTo(
              new Stored(
                  7,
                  List.of(
                      new Change.Put("ann", "3"),
                      new Change.Put("bob", "2"),
                      new Change.KeyDeadline("bob", IN_2100),
                      new Change.Put("cid", "4"))));
      assertThat(load(store, "greeting"))
          .isEqualTo(new Stored(2, List.of(new Change.Text("good bye"))));
      assertThat(load(store, "kept")).isEqualTo(new Stored(1, List.of(new Change.Kept())));
      assertThat(load(store, BYTES))
          .isEqualTo(new Stored(1, List.of(new Change.Put("only", "in the log"))));
      assertThat(load(store, ""))
          .isEqualTo(
              new Stored(2, List.of(new Change.Put("", ""), new Change.Deadline(IN_2100 + 1))));
      for (int i = 0; i < 300; i++) {
        assertThat(load(store, "bucket:" + i))
            .isEqualTo(new Stored(1, List.of(new Change.Put("key", "value " + i))));
      }
    }
  }

  @Test
  void finds_all_else_of_format_1() throws Exception {
    copy("format-1");
    try (BucketStore store = new RocksEngine().open(directory, false, said -> {})) {
      assertThat(store.load("dropped later")).isEmpty();
      assertThat(store.head("users")).isEqualTo(new Head(Kind.HASH, false, 0, IN_2100));
      assertThat(store.head("greeting")).isEqualTo(new Head(Kind.TEXT, false, 0, 0));
      assertThat(store.head("kept")).isEqualTo(new Head(Kind.HASH, true, 0, 0));
      assertThat(store.nextDue()).isEqualTo(IN_2100);
      assertThat(store.due(Long.MAX_VALUE, 10)).containsExactly("users", "");
      var names = new HashSet<String>();
      long cursor = 0;
      do {
        cursor = store.scan(cursor, 100, (name, head) -> names.add(name));
      } while (cursor != 0);
      assertThat(names).hasSize(305).contains("users", "greeting", "kept", BYTES, "", "bucket:299");
    }
  }

  private static Stored load(BucketStore store, String bucket) throws IOException {
    return store.load(bucket).orElseThrow();
  }

  private void copy(String resource) throws IOException, URISyntaxException {
    var place = Objects.requireNonNull(FormatTest.class.getResource("/" + resource), resource);
    try (var files = Files.list(Path.of(place.toURI()))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  /** With {@code -Ddev.ostler.format=DIR}: writes that directory anew. */
  @Test
  void writes_the_directory() throws IOException {
    String to = System.getProperty("dev.ostler.format");
    assumeTrue(to != null, "only with -Ddev.ostler.format=DIR: a format is written once");
    var engine = new RocksEngine();
    var writer = new StoreWriter();
    try (BucketStore store = engine.open(directory, false, said -> {})) {
      first(writer).appendTo(store);
    }
    try (BucketStore store = engine.open(directory, false, said -> {})) {
      second(writer).appendTo(store);
      Path made = Files.createDirectories(Path.of(to));
      for (var file : CrashImage.read(directory).entrySet()) {
        if (!file.getKey().startsWith("LOG")) {
          Files.write(made.resolve(file.getKey()), file.getValue());
        }
      }
    }
  }
}
