package dev.ostler;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The message of an exception, made when somebody first asks for it. So the thread that throws runs
 * no {@code toString} of the user's.
 *
 * <p>Any thread may ask. Once the text is made, what it was made of is released.
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
