package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Sys;
import dev.ostler.kv.Kv;
import dev.ostler.kv.Limits;
import dev.ostler.kv.TestKv;
import java.util.ArrayList;
import java.util.List;

/** Whether what a store counts is what there is. Used while nobody uses the store. */
public final class Counts {
  private Counts() {}

  /** The number of buckets, and the memory they take, as a whole and each for itself. */
  public static void check(Kv kv) {
    var _ = Sys.getState(TestKv.registry(kv).orElseThrow()); // it has noticed all ends by now
    Keyspace keyspace = Store.of(kv).keyspace();
    var names = new ArrayList<String>();
    keyspace.forEachName(null, names::add);
    assertThat(keyspace.size(true, null)).as("the number of buckets").isEqualTo(names.size());
    for (String name : names) {
      boolean exists =
          keyspace.with(
              name,
              false,
              new BucketTask<Boolean>(true) {
                @Override
                protected Boolean runOn(Entries entries) {
                  return entries.exists();
                }
              });
      assertThat(exists).as("there is %s, which is counted", name).isTrue();
    }
    long taken = memory(kv); // forgets the dead, who count until then
    assertThat(Store.of(kv).environment().memory().sum()).as("memory").isEqualTo(taken);
  }

  /** What the buckets take that are in memory, added up. */
  private static long memory(Kv kv) {
    BucketTable table = Store.of(kv).keyspace().table();
    List<String> names = new ArrayList<>();
    table.forEachProcess(bucket -> names.add(bucket.rawName()));
    long sum = 0;
    for (String name : names) {
      BucketRef bucket =
          table.living(name); // takes out one that is dead, and was not forgotten yet
      if (bucket != null) {
        sum += Footprint.bucket(name.length()) + Inside.of(bucket, Counts::bytes);
      }
    }
    return sum;
  }

  /** As the entries count them, if that is what they take when they are made anew. */
  private static long bytes(Entries entries) {
    var made = new Entries(entries.name(), Environment.of(Limits.DEFAULT));
    entries.changes(made::apply);
    long counted = entries.bytes();
    assertThat(counted + shared(entries)).as("bytes of %s", entries.name()).isEqualTo(made.bytes());
    return counted;
  }

  /** What keys take that it shares with other buckets of the store. */
  private static long shared(Entries entries) {
    long[] bytes = {0};
    entries.forEachStored(
        (key, value) -> {
          if (entries.environment().fieldNames().isShared(key)) {
            bytes[0] += Footprint.array(key.length);
          }
        });
    return bytes[0];
  }
}
