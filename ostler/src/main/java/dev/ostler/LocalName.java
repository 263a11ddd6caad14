package dev.ostler;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A name in this JVM: its text, and a serial number if it is unique. */
final class LocalName<P> extends Name<P> {
  private static final AtomicLong SERIAL = new AtomicLong();

  private final String shown; // with the serial number; made once, since each activation shows it
  private final long serial;

  LocalName(String text, long serial) {
    Objects.requireNonNull(text, "name");
    this.shown = serial == 0 ? text : text + "#" + serial;
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
    return other instanceof LocalName<?> name && name.serial == serial && name.shown.equals(shown);
  }

  @Override
  public int hashCode() {
    return shown.hashCode() * 31 + Long.hashCode(serial);
  }

  @Override
  public String toString() {
    return shown;
  }
}
