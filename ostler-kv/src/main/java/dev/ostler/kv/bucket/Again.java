package dev.ostler.kv.bucket;

import dev.ostler.CallException;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Gate;
import java.util.Optional;

/**
 * An operation on a bucket that is kept: it is done once, wherever the bucket is, since the process
 * that was to do it may have left memory, or crashed. Used once, by the thread that made it.
 */
final class Again<R> extends Keyspace.Job<Optional<R>> {
  private final Operation<R> operation;

  Again(Operation<R> operation) {
    this.operation = operation;
  }

  @Override
  protected Optional<R> doOn(Entries entries) {
    return entries.exists() ? Optional.of(operation.on(entries)) : Optional.empty();
  }

  /**
   * Does it; nothing comes of it if there is no such bucket any more.
   *
   * @param seen is told what the result depends on
   * @throws KvException.BucketGone if it may have been done or not
   * @throws KvException.NotKept if nothing can be changed
   */
  Optional<R> doOn(BucketRef bucket, Keyspace keyspace, Gate seen) {
    if (operation.changes()) {
      keyspace.admitChange(true);
    }
    Optional<R> result;
    try {
      result = bucket.ask(this);
      seen.need(bucket.position());
    } catch (KvException.BucketGone e) {
      if (hasBegun()) {
        var _ = callOff();
        throw e;
      }
      result = keyspace.with(bucket.rawName(), false, true, this);
      seen.need(position());
    } catch (CallException e) {
      var _ = callOff();
      throw e;
    }
    return result;
  }
}
