package dev.ostler;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A name that a process can have, and a reference to the process that has it. It stays the same
 * across restarts.
 *
 * <p>Any thread may use it. A process has at most one name. The step in which a process dies frees
 * its name, so a name never refers to a dead process.
 *
 * @param <P> the type of the server that has the name
 */
public abstract sealed class Name<P> extends ServerRef<P> permits LocalName, Registry.Via {
  Name() {}

  /** The name with this text, in this JVM. Equal texts give equal names. */
  public static <P> Name<P> of(String text) {
    return new LocalName<>(text, 0);
  }

  /**
   * A name that differs from all others, so that no other process can take it. Reports show the
   * label.
   */
  public static <P> Name<P> unique(String label) {
    return new LocalName<>(label, LocalName.nextSerial());
  }

  /** Gives the process this name; returns the other process that has it, or null. */
  abstract @Nullable Proc claim(Proc process);

  @Override
  public final Timer sendAfter(Object message, Duration delay) {
    return Timer.start(this, message, delay);
  }
}
