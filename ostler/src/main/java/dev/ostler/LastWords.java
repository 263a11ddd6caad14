package dev.ostler;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The report of a crash for which there is no memory. A few of them are made ahead. One holds the
 * process and the reason until the events' thread makes a report of them: the rest is missing.
 *
 * <p>Any thread may take one. It is free again once the events' thread has told it.
 */
final class LastWords implements Runnable {
  private static final int MANY = 64;

  /** Those that are free; null where one was taken. */
  private static final AtomicReferenceArray<@Nullable LastWords> FREE =
      new AtomicReferenceArray<>(MANY);

  static {
    for (int i = 0; i < MANY; i++) {
      FREE.set(i, new LastWords(i));
    }
  }

  private final int number;
  private final EventQueue.Entry entry = new EventQueue.Entry(this);
  private @Nullable Proc dead;
  private @Nullable ExitReason reason;

  private LastWords(int number) {
    this.number = number;
  }

  /** Makes them, before memory is short. */
  static void begin() {}

  /** One that is free, for this death; null if there is none. Needs no memory. */
  static @Nullable LastWords of(Proc dying, ExitReason reason) {
    for (int i = 0; i < MANY; i++) {
      LastWords taken = FREE.getAndSet(i, null);
      if (taken != null) {
        taken.dead = dying;
        taken.reason = reason;
        return taken;
      }
    }
    return null;
  }

  EventQueue.Entry entry() {
    return entry;
  }

  /** Another death may take it. */
  void free() {
    dead = null;
    reason = null;
    FREE.set(number, this);
  }

  /** On the events' thread, which no longer has the entry. */
  @Override
  public void run() {
    Proc whose = dead;
    ExitReason why = reason;
    free();
    if (whose != null && why != null) {
      Events.tell(whose, why);
    }
  }
}
