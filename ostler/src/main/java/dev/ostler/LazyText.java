package dev.ostler;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The message of an exception, made on its first use. So the thread that throws does not run a
 * user's {@code toString}.
 *
 * <p>Any thread may use it. Once the text is made, the objects it was made of are released.
 */
final class LazyText implements Serializable {
  private static final String NONE = "a message that could not be made";

  private transient volatile @Nullable Supplier<String> maker;
  private volatile @Nullable String text;

  LazyText(Supplier<String> maker) {
    this.maker = maker;
  }

  String get() {
    Supplier<String> made = maker; // read first: it is cleared once the text is there
    if (text == null && made != null) {
      try {
        text = made.get();
        maker = null;
      } catch (Throwable failed) {
        return NONE;
      }
    }
    String ready = text;
    return ready == null ? NONE : ready;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    var _ = get();
    out.defaultWriteObject();
  }
}
