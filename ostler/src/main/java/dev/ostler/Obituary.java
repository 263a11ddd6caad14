package dev.ostler;

import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The material of a {@link CrashReport}. The crashing thread takes references to it before the
 * death, and the report is made of it after the death.
 *
 * <p>State and message are released when memory runs short, so that a waiting report does not keep
 * them. They are not taken at all if the process dies for lack of memory.
 */
final class Obituary implements Events.Draft {
  /** For tests: runs before an obituary is made. */
  static volatile @Nullable Runnable probe;

  private static final int MOST_CAUSES = 8;
  private static final int MOST_FRAMES = 30;

  /** How long a death takes at most; it only queues messages. */
  static final long DEATH_NANOS = 5_000_000_000L;

  /** What the process held last. */
  private record Remains(
      @Nullable GenServer<?, ?, ?> callbacks,
      @Nullable Object state,
      @Nullable Object message,
      List<Debug.Taken> taken) {}

  private final Proc dead;
  private final ExitReason reason;
  private final Object called;

  // What there is if memory suffices.
  private @Nullable SoftReference<Remains> remains;
  private int queued;
  private List<Pid> links = List.of();
  private @Nullable Proc caller;
  private StackTraceElement[] callerStack = {};

  private Obituary(Proc dead, ExitReason reason) {
    this.dead = dead;
    this.reason = reason;
    this.called = dead.called();
  }

  /**
   * Called by the process about to die, unless it dies cleanly: its death is reported once it is
   * dead of this reason. Never throws, never blocks.
   */
  static void publish(Proc dying, ExitReason reason) {
    publish(dying, reason, null);
  }

  /** As {@link #publish(Proc, ExitReason)}, for a server whose starter waits for it. */
  static void publish(Proc dying, ExitReason reason, @Nullable Runner starter) {
    try {
      Runnable observer = probe;
      if (observer != null) {
        observer.run();
      }
      var obituary = new Obituary(dying, reason);
      if (!isForWantOfMemory(reason)) {
        obituary.tryToTake();
        obituary.tryToTake(starter);
      }
      Events.publishOrThrow(EventKind.CRASH, obituary);
    } catch (Throwable failed) { // no memory, or no stack
      Events.publishScantily(dying, reason);
    }
  }

  /** One that knows only who ended and why. */
  static Obituary scanty(Proc dead, ExitReason reason) {
    return new Obituary(dead, reason);
  }

  private static boolean isForWantOfMemory(ExitReason reason) {
    Throwable each = reason instanceof ExitReason.Crash(Throwable cause) ? cause : null;
    for (int i = 0; each != null && i < MOST_CAUSES; i++) {
      if (each instanceof OutOfMemoryError) {
        return true;
      }
      each = each instanceof CallException ? each.getCause() : null; // others may run user code
    }
    return false;
  }

  private void tryToTake() {
    try {
      queued = dead.queued();
      links = dead.linked();
      if (dead instanceof CallbackProc server) {
        Message handling = server.handling();
        Object message = handling == null ? null : content(handling);
        remains =
            new SoftReference<>(
                new Remains(server.peekCallbacks(), server.peekState(), message, taken(server)));
        if (handling instanceof Request<?> request) {
          caller = request.caller;
          Thread waiting = request.isPending() ? request.callersThread() : null;
          callerStack = waiting == null ? callerStack : waiting.getStackTrace();
        }
      }
    } catch (Throwable failed) {
      // It does with what it has.
    }
  }

  private static List<Debug.Taken> taken(CallbackProc server) {
    Aux aux = server.peekAux();
    return aux == null || aux.debug == null ? List.of() : aux.debug.taken();
  }

  private void tryToTake(@Nullable Runner starter) {
    try {
      if (starter != null) {
        caller = dead.ancestors == null ? null : dead.ancestors.parent;
        callerStack = starter.thread.getStackTrace();
      }
    } catch (Throwable failed) {
      // It does without.
    }
  }

  private @Nullable Object content(Message message) {
    return message instanceof Request<?> request ? request.call : message.payload(dead);
  }

  @Override
  public @Nullable CrashReport event() throws InterruptedException {
    if (dead.awaitGone(DEATH_NANOS) && dead.reason() != reason) {
      return null; // a signal came first, and its sender knows the reason
    }
    Remains last = remains == null ? null : remains.get();
    if (last == null) {
      return report(new Shown(released(), Optional.empty(), reason), "");
    }
    Optional<Object> state = Optional.ofNullable(last.state());
    Optional<Object> message = Optional.ofNullable(last.message());
    if (last.callbacks() == null || state.isEmpty()) {
      return report(new Shown(state, message, reason), "");
    }
    StatusReport shown =
        new StatusReport(state.get(), message, Optional.of(reason))
            .formattedBriefly(last.callbacks());
    return report(
        new Shown(Optional.of(shown.state()), shown.message(), shown.reason().orElse(reason)),
        Replay.of(last.callbacks(), last.taken()));
  }

  /** What is shown in place of a state that was given up. */
  private Optional<Object> released() {
    return remains == null ? Optional.empty() : Optional.of("released, since memory ran short");
  }

  /** What formatStatus has a say in. */
  private record Shown(Optional<Object> state, Optional<Object> message, ExitReason reason) {}

  private CrashReport report(Shown shown, String replay) {
    return new CrashReport(
        dead,
        called.toString(),
        shown.reason(),
        shown.message(),
        shown.state(),
        queued,
        Ancestors.list(dead.ancestors),
        links,
        Optional.ofNullable(caller),
        Text.stack(callerStack, MOST_FRAMES),
        replay);
  }
}
