package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * A process's entry under a key of a registry.
 *
 * <p>Any thread may read it; the process itself changes its value.
 */
final class Registration {
  final RegistryTable table;
  final Object key;

  /** The hash of the key when the entry was made. The key is not asked again. */
  final int hash;

  final Proc process;
  private volatile @Nullable Object value;

  Registration(RegistryTable table, Object key, Proc process, @Nullable Object value) {
    this.table = table;
    this.key = key;
    this.hash = key.hashCode();
    this.process = process;
    this.value = value;
  }

  @Nullable Object value() {
    return value;
  }

  void value(@Nullable Object changed) {
    value = changed;
  }

  @Override
  public int hashCode() {
    return hash * 31 + process.hashCode(); // both: many have one key, or one process
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }
}
