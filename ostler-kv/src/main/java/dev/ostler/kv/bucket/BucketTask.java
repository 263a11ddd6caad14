package dev.ostler.kv.bucket;

/**
 * A request that runs code with a bucket's entries, once. It knows whether the code has started:
 * {@link Keyspace} sends it to the next process of that name only if not. Single use.
 *
 * @param <R> its result
 */
public abstract non-sealed class BucketTask<R> extends CancellableTask
    implements BucketServer.OnEntries<R> {
  private final boolean mayWait;
  private long position; // set by the thread that created it
  private boolean refused; // set by the bucket's process, before it replies

  /**
   * @param mayWait whether it, and the thread that sends it, may wait; otherwise a locked bucket
   *     refuses it
   */
  protected BucketTask(boolean mayWait) {
    this.mayWait = mayWait;
  }

  final boolean mayWait() {
    return mayWait;
  }

  /** The bucket is locked, and the task may not wait: it did not run. */
  final void refuse() {
    refused = true;
  }

  final boolean isRefused() {
    return refused;
  }

  /** Sends it to the bucket's process. */
  R ask(BucketRef bucket) {
    return bucket.ask(this);
  }

  @Override
  @SuppressWarnings("NullAway") // nobody uses the result of a cancelled task
  public final R on(Entries entries) {
    if (!start()) {
      return null;
    }
    try {
      return runOn(entries);
    } finally {
      finish();
    }
  }

  /** Runs the code; the result is never null. */
  protected abstract R runOn(Entries entries);

  /**
   * The position in the journal that the result depends on: what the task saw and changed is
   * durable when this position is.
   */
  public long position() {
    return position;
  }

  final void position(long at) {
    position = at;
  }
}
