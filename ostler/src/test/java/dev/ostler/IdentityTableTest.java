package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link IdentityTable} against the JDK's table. */
class IdentityTableTest {
  /** A key, of which many have one hash code. */
  private static final class Key {
    private final int hash;

    private Key(int hash) {
      this.hash = hash;
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 50, 100_000})
  void does_what_a_linked_hash_map_does(int hashes) {
    for (int seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var table = new IdentityTable<Key, String>();
      var model = new LinkedHashMap<Key, String>();
      var known = new ArrayList<Key>();
      int values = 1 + random.nextInt(3); // with one, all keys have the same
      int most = 1 + random.nextInt(200);
      for (int step = 0; step < 1000; step++) {
        boolean adds = known.size() < most && random.nextInt(5) < 3;
        if (adds || known.isEmpty()) {
          known.add(new Key(random.nextInt(hashes)));
        }
        Key key = known.get(adds ? known.size() - 1 : random.nextInt(known.size()));
        if (adds || random.nextInt(4) == 0) {
          String value = "value " + random.nextInt(values);
          table.put(key, value);
          model.put(key, value);
        } else {
          assertThat(table.remove(key)).isEqualTo(model.remove(key) != null);
          known.remove(key);
        }
        assertThat(table.get(key)).isEqualTo(model.get(key));
        assertThat(table.contains(key)).isEqualTo(model.containsKey(key));
        assertThat(table).hasSameSizeAs(model.keySet());
      }
      assertThat(table).containsExactlyElementsOf(model.keySet());
      model.forEach((key, value) -> assertThat(table.get(key)).isEqualTo(value));
    }
  }

  @Test
  void finds_nothing_that_is_equal_but_not_the_same() {
    var table = new IdentityTable<String, Boolean>();
    String key = new String("key");
    table.put(key, true);
    assertThat(table.contains(key)).isTrue();
    assertThat(table.contains(new String("key"))).isFalse();
    assertThat(table.get("other")).isNull();
  }
}
