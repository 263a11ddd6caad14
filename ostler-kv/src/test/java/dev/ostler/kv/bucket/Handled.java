package dev.ostler.kv.bucket;

import dev.ostler.Pid;
import dev.ostler.Sys;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Waits until a bucket has handled a request that nobody is told of. Used by the test's thread. */
public final class Handled {
  private Handled() {}

  /** What makes somebody ask the bucket. */
  public interface Sending {
    void run() throws IOException;
  }

  /** Does this, and returns when the bucket has handled a request of this kind. */
  public static void await(
      Pid bucket, Class<? extends BucketServer.Request<?>> kind, Sending sending)
      throws IOException {
    var handled = new CountDownLatch(1);
    Sys.install(
        bucket,
        handled,
        handled,
        (latch, event) -> {
          if (kind.isInstance(event.content())) {
            latch.countDown(); // what the bucket is asked from now on comes after it
          }
          return Optional.of(latch);
        });
    sending.run();
    try {
      handled.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Sys.remove(bucket, handled);
  }
}
