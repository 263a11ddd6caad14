package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tables in {@code docs/design/bucket.md} say of which objects a bucket consists. One object or
 * eight bytes more are noticed.
 */
@Tag("heap")
@ExtendWith(OstlerExtension.class)
class BucketPartsTest {
  private static final int BUCKETS = 60_000;

  /** So many bytes a bucket are something else: threads, the class loader, the test. */
  private static final double OTHER = 1;

  /** What the collector puts into gaps. */
  private static final String FILLER = "FillerElement[]";

  /** Objects of a class, and their bytes, in one bucket. */
  private record Part(double objects, double bytes) {
    Part plus(Part other) {
      return new Part(objects + other.objects, bytes + other.bytes);
    }
  }

  private Histogram before = Histogram.now();

  /** The table under this heading. The last row, without a class, is the sum. */
  private static Map<String, Part> table(String heading) throws IOException {
    String text = Files.readString(Path.of("../docs/design/bucket.md"));
    String section = text.split("## " + heading + "\n", 2)[1].split("\n## ", 2)[0];
    var parts = new LinkedHashMap<String, Part>();
    section
        .lines()
        .filter(line -> line.startsWith("| ") && Character.isDigit(line.split("\\|")[2].charAt(1)))
        .map(line -> line.split("\\|"))
        .forEach(
            cells ->
                parts.put(
                    cells[1].strip().replace("`", ""),
                    new Part(Double.parseDouble(cells[2]), Double.parseDouble(cells[3]))));
    return parts;
  }

  /** The name of a class as in Java, without its package. */
  private static String simple(String name) {
    return switch (name) {
      case "[B" -> "byte[]";
      case "[I" -> "int[]";
      default -> {
        String inner = name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
        yield name.startsWith("[") ? inner.replace(";", "[]") : inner;
      }
    };
  }

  private void check(String heading, IntFunction<Change[]> contents) throws IOException {
    Map<String, Part> said = table(heading);
    try (Kv kv = Kv.open(KvConfig.inMemory())) {
      fill(kv, "name", 1000, contents);
      before = Histogram.now(); // the one before was as large: it makes no difference
      fill(kv, "next", BUCKETS, contents);
      var found = new LinkedHashMap<String, Part>();
      double[] other = {0};
      Histogram.now()
          .since(
              before,
              (name, share) -> {
                double bytes = share.bytes() / (double) BUCKETS;
                if (said.containsKey(simple(name))) {
                  found.merge(
                      simple(name),
                      new Part(share.objects() / (double) BUCKETS, bytes),
                      Part::plus);
                } else if (!simple(name).equals(FILLER)) {
                  other[0] += bytes;
                }
              });
      double sum = 0;
      for (var each : found.entrySet()) {
        Part part = said.get(each.getKey());
        assertThat(each.getValue().objects())
            .as("objects: %s", each.getKey())
            .isCloseTo(part.objects(), within(0.01));
        assertThat(each.getValue().bytes())
            .as("bytes: %s", each.getKey())
            .isCloseTo(part.bytes(), within(OTHER));
        sum += part.bytes();
      }
      assertThat(other[0]).as("bytes of what is not in the table").isLessThan(OTHER);
      assertThat(found).hasSize(said.size() - 1);
      assertThat(said.get("in all").bytes()).isCloseTo(sum, within(OTHER));
    }
  }

  private static void fill(Kv kv, String prefix, int count, IntFunction<Change[]> contents) {
    for (int i = 0; i < count; i++) {
      Change[] changes = contents.apply(i);
      var _ =
          Inside.of(
              Store.of(kv).getOrStart("%s:%011d".formatted(prefix, i)), // 16 bytes
              entries -> {
                for (Change change : changes) {
                  entries.apply(change);
                }
                return entries.seq();
              });
    }
  }

  private static String value(int i) {
    return "%010d".formatted(i);
  }

  private static Change[] fields(int count, int i) {
    var changes = new Change[count];
    for (int field = 0; field < count; field++) {
      changes[field] = new Change.Put("field:%d".formatted(field), value(i));
    }
    return changes;
  }

  @Test
  void a_bucket_of_one_value() throws IOException {
    check("A bucket of one value", i -> new Change[] {new Change.Text(value(i))});
  }

  @Test
  void a_bucket_of_one_field() throws IOException {
    check("A bucket of one field", i -> fields(1, i));
  }

  @Test
  void a_bucket_of_ten_fields() throws IOException {
    check("A bucket of ten fields", i -> fields(10, i));
  }
}
