package dev.ostler.kv.bucket;

/**
 * A request that runs code with a bucket's entries, once. It knows whether the code has started:
 * {@link Keyspace} sends it to the next process of that name only if not.
 *
 * <p>Its owner may use it {@linkplain #again again} if nobody else has it.
 *
 * @param <R> its result
 */
public abstract non-sealed class BucketTask<R> extends CancellableTask
    implements BucketServer.OnEntries<R> {
  private final boolean mayWait;
  private long position; // set by the thread that created it
  private boolean refused; // set by the bucket's process, before it replies
  private boolean outlived; // a process that it was sent to; set by the thread that created it

  /**
   * @param mayWait whether it, and the thread that sends it, may wait; otherwise a locked bucket
   *     refuses it
   */
  protected BucketTask(boolean mayWait) {
    this.mayWait = mayWait;
  }

  /**
   * Whether nobody but its owner has it: it has run on the owner's thread, in the first process
   * that it was sent to. A process that has ended may have it for a moment longer.
   */
  protected final boolean isOwn() {
    return !outlived && hasFinishedHere();
  }

  /** Makes it a new task. Called by its owner, if the task {@link #isOwn}. */
  protected final void again() {
    renew();
    position = 0;
  }

  /** A process that it was sent to has ended without starting it. */
  final void outlived() {
    outlived = true;
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
