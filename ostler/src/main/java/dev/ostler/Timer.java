package dev.ostler;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A message that is sent later. {@code sendAfter} makes it.
 *
 * <p>Any thread may cancel it. A timer for a process ends with the process. Compared by identity.
 */
public final class Timer {
  private final @Nullable Proc target;
  private final @Nullable Name<?> name;
  private final Clock clock;
  private final long due;

  // Under this timer's lock.
  private Message.@Nullable Plain message; // made at once: when it is due, memory may be short
  private @Nullable Future<?> scheduled;

  private Timer(
      @Nullable Proc target, @Nullable Name<?> name, Object message, Clock clock, long nanos) {
    this.target = target;
    this.name = name;
    this.message = new Message.Plain(message, null);
    this.clock = clock;
    this.due = clock.nanos() + nanos;
  }

  static Timer start(Pid pid, Object message, Duration delay) {
    Objects.requireNonNull(message, "message");
    Runner.living();
    Proc target = (Proc) pid;
    long nanos = Durations.nanos(delay, "delay");
    var timer = new Timer(target, null, message, target.clock(), nanos);
    if (timer.adopt(target)) {
      try {
        timer.schedule(nanos);
      } catch (Throwable thrown) {
        timer.disown();
        throw thrown;
      }
    } else {
      timer.drop();
    }
    return timer;
  }

  static Timer start(Name<?> name, Object message, Duration delay) {
    Objects.requireNonNull(message, "message");
    Runner.living();
    long nanos = Durations.nanos(delay, "delay");
    var timer = new Timer(null, name, message, Clock.current(), nanos);
    timer.schedule(nanos);
    return timer;
  }

  private synchronized void schedule(long nanos) {
    if (message != null && nanos != Long.MAX_VALUE) {
      scheduled = clock.after(nanos, this::fire);
    }
  }

  private boolean adopt(Proc process) {
    Aux aux = process.aux();
    synchronized (process) {
      if (process.isClosed()) {
        return false;
      }
      if (aux.timers == null) {
        aux.timers = new HashSet<>();
      }
      aux.timers.add(this);
      return true;
    }
  }

  private void disown() {
    if (target != null) {
      synchronized (target) {
        Aux aux = target.peekAux();
        if (aux != null && aux.timers != null) {
          aux.timers.remove(this);
        }
      }
    }
  }

  private void fire() {
    Message.Plain due = take();
    if (due == null) {
      return;
    }
    if (target != null) {
      disown();
      target.postLater(due);
    } else if (name instanceof Registry<?, ?>.Via<?>) {
      // Its key may do anything when it is compared, and this thread has others to serve.
      Scheduler.virtual("ostler-timer", () -> post(due)).start();
    } else {
      post(due);
    }
  }

  private void post(Message.Plain due) {
    Proc receiver = name == null ? null : name.resolve();
    if (receiver != null) {
      receiver.postLater(due);
    }
  }

  private synchronized Message.@Nullable Plain take() {
    Message.Plain taken = message;
    message = null;
    return taken;
  }

  /** Cancels without a word: its process ended. */
  void drop() {
    Future<?> future;
    synchronized (this) {
      message = null;
      future = scheduled;
    }
    if (future != null) {
      future.cancel(false);
    }
  }

  /**
   * Cancels the timer.
   *
   * @return the time that was left; nothing if the message was sent, or the timer cancelled, before
   */
  public Optional<Duration> cancel() {
    Runner.living();
    Object cancelled = take();
    if (cancelled == null) {
      return Optional.empty();
    }
    disown();
    drop();
    return Optional.of(left());
  }

  /** The time left; nothing if the message was sent, or the timer cancelled. */
  public synchronized Optional<Duration> remaining() {
    return message == null ? Optional.empty() : Optional.of(left());
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, due - clock.nanos()));
  }
}
