package dev.ostler.kv;

import java.util.Optional;

/**
 * An operation that is done once, wherever the bucket is; nothing if there is no such bucket any
 * more. Made by who asks for it, done by the bucket's process.
 */
final class Again<R> extends Keyspace.Job<Optional<R>> {
  private final Operation<R> operation;

  Again(Operation<R> operation) {
    this.operation = operation;
  }

  @Override
  Optional<R> doOn(Entries entries) {
    return entries.exists() ? Optional.of(operation.on(entries)) : Optional.empty();
  }
}
