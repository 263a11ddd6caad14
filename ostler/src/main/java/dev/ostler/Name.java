package dev.ostler;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A name a process can have, and the way to whoever has it: the same across restarts.
 *
 * <p>Any thread may use it. A process has at most one name; a name is free again in the step in
 * which its process dies, so it never leads to a dead one.
 *
 * @param <P> the type of the server that is to have it
 */
public abstract sealed class Name<P> extends ServerRef<P> permits LocalName, Registry.Via {
  Name() {}

  /** The name with this text, in this JVM. Equal texts make equal names. */
  public static <P> Name<P> of(String text) {
    return new LocalName<>(text, 0);
  }

  /** A name unlike any other, so that nobody else can hold it. The label is for reports. */
  public static <P> Name<P> unique(String label) {
    return new LocalName<>(label, LocalName.nextSerial());
  }

  /** Gives the process this name; the other process that has it, or null. */
  abstract @Nullable Proc claim(Proc process);

  @Override
  public final Timer sendAfter(Object message, Duration delay) {
    return Timer.start(this, message, delay);
  }
}
