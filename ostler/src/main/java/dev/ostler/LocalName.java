package dev.ostler;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A name in this JVM: its text, and a serial number if it is to be unlike any other. */
final class LocalName<P> extends Name<P> {
  private static final AtomicLong SERIAL = new AtomicLong();

  private final String text;
  private final long serial;

  LocalName(String text, long serial) {
    this.text = Objects.requireNonNull(text, "name");
    this.serial = serial;
  }

  static long nextSerial() {
    return SERIAL.incrementAndGet();
  }

  @Override
  @Nullable Proc resolve() {
    return Names.whereis(this);
  }

  @Override
  @Nullable Proc claim(Proc process) {
    return Names.claim(this, process);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LocalName<?> name && name.serial == serial && name.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode() * 31 + Long.hashCode(serial);
  }

  @Override
  public String toString() {
    return serial == 0 ? text : text + "#" + serial;
  }
}
