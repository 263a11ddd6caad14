package dev.ostler.kv;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of one bucket and their values. Belongs to the bucket's process, which alone uses it.
 */
final class Entries {
  private final Map<String, String> values = new HashMap<>();
  private final int limit;

  /** None yet, and never more than the limit. */
  Entries(int limit) {
    this.limit = limit;
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** False, and nothing changed, if the key is new and there are as many as there may be. */
  boolean put(String key, String value) {
    if (values.size() >= limit && !values.containsKey(key)) {
      return false;
    }
    values.put(key, value);
    return true;
  }

  Optional<String> remove(String key) {
    return Optional.ofNullable(values.remove(key));
  }

  int size() {
    return values.size();
  }

  Map<String, String> copy() {
    return Map.copyOf(values);
  }
}
