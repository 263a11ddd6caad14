package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore.Lease;
import dev.ostler.kv.KvException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A gate of a store on several nodes. What a reply tells may be out of date, because another node
 * has begun to lead. So a reply is withheld, too, until it is certain that no other node led when
 * the last of its commands had read.
 */
final class LeasedGate extends Gate {
  /*
   * Each read has a number. The lease is asked after a read: if it is certain then, all reads up to
   * this one were of the latest contents. It need not be certain any more when the reply is sent.
   */

  private final Lease lease;
  private long reads; // that the reply depends on; used by the gate's thread
  private volatile long current; // reads up to this one were of the latest; written under the lock

  LeasedGate(Durability durability) {
    super(durability);
    this.lease = durability.lease().orElseThrow();
  }

  @Override
  public void need(long at) {
    super.need(at);
    reads++;
  }

  @Override
  public boolean isAlwaysOpen() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return super.isOpen() && isCurrent();
  }

  private boolean isCurrent() {
    if (current >= reads) {
      return true;
    }
    if (!lease.isCertain()) {
      return false;
    }
    areCurrent(reads);
    return true;
  }

  private synchronized void areCurrent(long upTo) {
    current = Math.max(current, upTo);
  }

  @Override
  public void whenOpen(Consumer<@Nullable KvException> then) {
    long asked = reads;
    super.whenOpen(
        why -> {
          if (why != null) {
            then.accept(why);
            return;
          }
          var _ = confirm(asked).whenComplete((_, failure) -> then.accept(outdated(failure)));
        });
  }

  private CompletableFuture<Void> confirm(long asked) {
    return current >= asked
        ? CompletableFuture.completedFuture(null)
        : lease.confirm().thenRun(() -> areCurrent(asked));
  }

  private static @Nullable KvException outdated(@Nullable Throwable failure) {
    if (failure == null) {
      return null;
    }
    Throwable why = failure.getCause() == null ? failure : failure.getCause();
    return new KvException.NotKept("what was read may be out of date: " + why.getMessage());
  }

  @Override
  public void await() {
    super.await();
    if (isCurrent()) {
      return;
    }
    var told = new CompletableFuture<@Nullable KvException>();
    var _ = confirm(reads).whenComplete((_, failure) -> told.complete(outdated(failure)));
    KvException why = told.join();
    if (why != null) {
      throw why;
    }
  }
}
