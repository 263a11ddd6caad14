package dev.ostler.kv.rocksdb;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Closes several resources, all of them even if one fails. Any thread may use it. */
final class Closing {
  private Closing() {}

  /**
   * Closes all of these, in this order.
   *
   * @param parts null for one that was never opened
   * @throws IOException the first failure, after all were tried; the others are suppressed in it
   */
  static void all(@Nullable AutoCloseable... parts) throws IOException {
    Throwable failure = null;
    for (AutoCloseable part : parts) {
      failure = close(part, failure);
    }
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IOException("cannot close the store", failure);
    }
  }

  /** As {@link #all}, after a failure that the caller throws next: others are suppressed in it. */
  static void after(Throwable failure, @Nullable AutoCloseable... parts) {
    for (AutoCloseable part : parts) {
      var _ = close(part, failure);
    }
  }

  private static @Nullable Throwable close(
      @Nullable AutoCloseable part, @Nullable Throwable before) {
    try {
      if (part != null) {
        part.close();
      }
      return before;
    } catch (Throwable e) {
      if (before == null) {
        return e;
      }
      before.addSuppressed(e);
      return before;
    }
  }
}
