package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * HSCAN and HRANDFIELD: some of a bucket's fields.
 *
 * <p>The bodies run in the bucket's process.
 */
final class HashScanCommands {
  /** The largest number of fields in a reply: with more, it could exceed 2 GiB. */
  private static final long MOST_FIELDS = Integer.MAX_VALUE / 8;

  /** More fields than this are not written on a thread that serves other clients. */
  private static final int MANY_FIELDS = 10_000;

  /** The least size of a field in a reply, in bytes. */
  private static final long LEAST_FIELD_BYTES = 6;

  /** Redis has a hash of at most so many fields in one piece, if none is longer than that. */
  private static final int SMALL_FIELDS = 128;

  private static final int SMALL_BYTES = 64;

  /**
   * If more than one in so many fields is wanted, it is faster to shuffle all than to draw each.
   */
  private static final int DRAWING_RATIO = 3;

  private HashScanCommands() {}

  static void addTo(CommandTable table) {
    HashCommands.add(table, "hscan", -3, KeyUse.READS, HashScanCommands::hscan, Flag.READONLY)
        .doc("hash", "2.8.0", "Iterates over the fields and values of a hash.");
    HashCommands.add(
            table, "hrandfield", -2, KeyUse.READS, HashScanCommands::hrandfield, Flag.READONLY)
        .doc("hash", "6.2.0", "Returns one or more random fields of a hash.");
  }

  private static void hscan(Entries bucket, Args args, RespWriter out) {
    long cursor = KeyspaceCommands.Scan.cursor(args.get(2));
    var found = new ArrayList<String>();
    long next = 0;
    if (bucket.exists()) {
      HashCommands.expectMap(bucket);
      Wanted wanted = Wanted.of(args);
      if (Math.min(wanted.count, bucket.size()) > MANY_FIELDS) {
        out.expectMayWait();
      }
      if (isSmall(bucket)) {
        bucket.forEach((field, value) -> wanted.add(field, value, found));
      } else {
        next = bucket.scan(cursor, wanted.count, (field, value) -> wanted.add(field, value, found));
      }
    }
    out.array(2);
    out.bulk(Long.toUnsignedString(next));
    out.array(found.size());
    found.forEach(out::bulk);
  }

  /** Whether HSCAN replies with the whole hash, whatever the cursor and the count, as in Redis. */
  private static boolean isSmall(Entries bucket) {
    if (bucket.size() > SMALL_FIELDS) {
      return false;
    }
    var longest = new int[1];
    bucket.forEach(
        (field, value) ->
            longest[0] = Math.max(longest[0], Math.max(field.length(), value.length())));
    return longest[0] <= SMALL_BYTES;
  }

  /** The options of HSCAN. */
  private record Wanted(long count, @Nullable Glob pattern, boolean values) {
    static Wanted of(Args args) {
      long count = 10;
      Glob pattern = null;
      boolean values = true;
      for (int i = 3; i < args.count(); i++) {
        if (args.is(i, "count") && i + 1 < args.count()) {
          count = args.integer(++i);
          if (count < 1) {
            throw CommandError.syntax();
          }
        } else if (args.is(i, "match") && i + 1 < args.count()) {
          pattern = Glob.of(args.get(++i));
        } else if (args.is(i, "novalues")) {
          values = false;
        } else {
          throw CommandError.syntax();
        }
      }
      return new Wanted(count, pattern, values);
    }

    void add(String field, String value, List<String> found) {
      if (pattern == null || pattern.matches(field)) {
        found.add(field);
        if (values) {
          found.add(value);
        }
      }
    }
  }

  private static void hrandfield(Entries bucket, Args args, RespWriter out) {
    RandomGenerator random = ThreadLocalRandom.current();
    if (args.count() == 2) {
      HashCommands.expectMap(bucket);
      out.bulk(bucket.random(random));
      return;
    }
    long count = count(args);
    boolean values = args.count() == 4;
    HashCommands.expectMap(bucket);
    if (count == 0 || bucket.size() == 0) {
      out.array(0);
    } else if (count < -MOST_FIELDS) {
      throw new CommandError("ERR the reply is larger than 2 GiB");
    } else if (Math.min(Math.abs(count), count > 0 ? bucket.size() : Long.MAX_VALUE)
        > MANY_FIELDS) {
      out.expectMayWait();
      out.expect(count < 0 ? -count * LEAST_FIELD_BYTES : 0);
      writeMany(Fields.of(bucket, values), count, random, out);
    } else if (count > 0) {
      write(different(bucket, count, random), bucket, values, out);
    } else {
      begin((int) -count, values, out);
      for (long i = count; i < 0; i++) {
        write(drawn(bucket, random), bucket, values, out);
      }
    }
  }

  /**
   * The fields of a hash at one moment.
   *
   * @param values the values in the order of the names; empty if they are not wanted
   */
  private record Fields(List<String> names, List<String> values) {
    static Fields of(Entries bucket, boolean values) {
      var fields = new Fields(new ArrayList<>(bucket.size()), new ArrayList<>());
      bucket.forEach(
          (name, value) -> {
            fields.names.add(name);
            if (values) {
              fields.values.add(value);
            }
          });
      return fields;
    }

    boolean hasValues() {
      return !values.isEmpty();
    }

    void write(int index, RespWriter out) {
      if (hasValues() && out.protocol() != 2) {
        out.array(2);
      }
      out.bulk(names.get(index));
      if (hasValues()) {
        out.bulk(values.get(index));
      }
    }
  }

  /** Writes many fields after the bucket is free for other clients again. */
  private static void writeMany(Fields all, long count, RandomGenerator random, RespWriter out) {
    if (count < 0) {
      int wanted = (int) -count;
      begin(wanted, all.hasValues(), out);
      out.later(
          to -> {
            for (int i = 0; i < wanted; i++) {
              all.write(random.nextInt(all.names.size()), to);
            }
          });
      return;
    }
    int wanted = (int) Math.min(count, all.names.size());
    begin(wanted, all.hasValues(), out);
    out.later(
        to -> {
          int[] order = IntStream.range(0, all.names.size()).toArray();
          for (int i = 0; i < wanted; i++) {
            int chosen = wanted == order.length ? i : random.nextInt(i, order.length);
            all.write(order[chosen], to);
            order[chosen] = order[i];
          }
        });
  }

  /** How many fields are wanted; negative if a field may be drawn several times. */
  private static long count(Args args) {
    long count = args.integer(2);
    if (count == Long.MIN_VALUE) {
      throw new CommandError(
          "ERR value is out of range, value must between %d and %d"
              .formatted(-Long.MAX_VALUE, Long.MAX_VALUE));
    }
    if (args.count() > 4 || (args.count() == 4 && !args.is(3, "withvalues"))) {
      throw CommandError.syntax();
    }
    if (args.count() == 4 && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
      throw new CommandError("ERR value is out of range");
    }
    return count;
  }

  /** This many different fields, or all if there are fewer. */
  private static Iterable<String> different(Entries bucket, long count, RandomGenerator random) {
    if (count <= bucket.size() / DRAWING_RATIO) {
      var chosen = new LinkedHashSet<String>();
      while (chosen.size() < count) {
        chosen.add(drawn(bucket, random));
      }
      return chosen;
    }
    var all = new ArrayList<String>(bucket.size());
    bucket.forEach((field, value) -> all.add(field));
    int wanted = (int) Math.min(count, all.size());
    for (int i = 0; i < wanted && wanted < all.size(); i++) {
      all.set(i, all.set(random.nextInt(i, all.size()), all.get(i)));
    }
    return all.subList(0, wanted);
  }

  private static String drawn(Entries bucket, RandomGenerator random) {
    String field = bucket.random(random);
    if (field == null) {
      throw new IllegalStateException("a hash with fields returned none of them");
    }
    return field;
  }

  private static void write(
      Iterable<String> fields, Entries bucket, boolean values, RespWriter out) {
    int count = 0;
    for (String _ : fields) {
      count++;
    }
    begin(count, values, out);
    fields.forEach(field -> write(field, bucket, values, out));
  }

  /** Starts the array. With values, it is flat in protocol 2, and has pairs in protocol 3. */
  private static void begin(int count, boolean values, RespWriter out) {
    out.array(values && out.protocol() == 2 ? 2 * count : count);
  }

  private static void write(String field, Entries bucket, boolean values, RespWriter out) {
    if (values && out.protocol() != 2) {
      out.array(2);
    }
    out.bulk(field);
    if (values) {
      out.bulk(bucket.get(field));
    }
  }
}
