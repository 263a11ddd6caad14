package dev.ostler.junit;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The process of a test or of a test class, and everything that ends with it.
 *
 * <p>One thread creates it, uses it and {@linkplain #detach detaches} it; that thread is the
 * process. Afterwards a thread that is not a process {@linkplain #end ends} it.
 */
final class Lifetime {
  /*
   * The end has ExUnit's order. First the process ends with the reason shutdown, and so do the
   * processes linked to it. Then its children are stopped, the newest first, then all its other
   * descendants. Then the callbacks of onExit run, the newest first, each in a process of its own.
   */

  final Pid pid = Processes.attach().pid();
  private final String whose;
  private final Crashes crashes = new Crashes(pid);
  private final Map<Object, Processes.Body> onExit = new LinkedHashMap<>();
  private @Nullable TestSupervisor supervisor;
  private @Nullable ManualClock clock;
  private Optional<AssertionError> endedEarly = Optional.empty();

  /** The processes that it started and that were linked to it at its end. */
  private final List<Pid> linked = new ArrayList<>();

  /**
   * Makes the calling thread the process.
   *
   * @param whose "the test's" or "the class's", for messages
   */
  Lifetime(String whose) {
    this.whose = whose;
  }

  // --- Its parts ---

  /** Started at the first use, so that it uses the clock of the test. */
  TestSupervisor supervisor() {
    if (supervisor == null) {
      supervisor = new TestSupervisor();
    }
    return supervisor;
  }

  ManualClock clock() {
    if (clock == null) {
      clock = ManualClock.install();
    }
    return clock;
  }

  /** Registers a callback to run after the end. It replaces one with an equal ref. */
  void onExit(Object ref, Processes.Body callback) {
    onExit.put(ref, callback);
  }

  // --- Its end ---

  /** A failure, if other code has ended the process before the test was over. */
  Optional<AssertionError> endedEarly() {
    try {
      Self.pid();
      return Optional.empty();
    } catch (Error dead) {
      return Optional.of(
          new AssertionError(whose + " own process was ended: " + dead.getMessage()));
    }
  }

  /**
   * Ends the process with {@link ExitReason#SHUTDOWN}, and with it the processes linked to it. The
   * thread is no process afterwards. The supervisor stops its own children, in their order.
   */
  void detach() {
    endedEarly = endedEarly();
    if (endedEarly.isEmpty()) {
      List<Pid> links = Processes.info(pid).map(ProcessInfo::links).orElse(List.of());
      for (Pid each : links) {
        if (supervisor != null && isStartedBy(supervisor.pid(), each)) {
          Self.unlink(each);
        } else if (isStartedBy(pid, each)) {
          linked.add(each);
        }
      }
    }
    Processes.detach(ExitReason.SHUTDOWN);
  }

  /** Ends all that belongs to it. Returns the first failure, with later ones as suppressed. */
  Optional<Throwable> end(Duration timeout) {
    var failures = new ArrayList<Throwable>();
    if (supervisor != null) {
      supervisor.stopAll(timeout).ifPresent(failures::add);
    }
    awaitLinked(timeout);
    killAllStartedBy(pid);
    endedEarly.ifPresent(failures::add);
    for (Processes.Body callback : List.copyOf(onExit.values()).reversed()) {
      call(callback, timeout).ifPresent(failures::add);
    }
    Optional<Throwable> first = failures.stream().findFirst();
    first.ifPresent(failure -> failures.stream().skip(1).forEach(failure::addSuppressed));
    return first;
  }

  /** Gives linked processes that trap exits time to terminate. */
  private void awaitLinked(Duration timeout) {
    if (linked.isEmpty()) {
      return;
    }
    var _ =
        call(
            () -> {
              linked.forEach(Self::monitor);
              long end = System.nanoTime() + timeout.toNanos();
              for (int i = 0; i < linked.size(); i++) {
                var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                if (Self.receive(Down.class, left).isEmpty()) {
                  return; // the others are killed
                }
              }
            },
            timeout);
  }

  /** Adds the crashes of its processes to a failure, if there is one. Called after the end. */
  void showCrashesIn(Optional<Throwable> failure) {
    failure.ifPresent(crashes::showIn);
    crashes.close();
  }

  /** Runs the callback in a process of its own. Returns its failure, if any. */
  private static Optional<Throwable> call(Processes.Body callback, Duration timeout) {
    var task =
        new FutureTask<Optional<Throwable>>(
            () -> {
              callback.run();
              return Optional.empty();
            });
    Pid process = Processes.spawn("on exit", task::run);
    try {
      return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      return Optional.ofNullable(e.getCause());
    } catch (TimeoutException e) {
      return Optional.of(
          new AssertionError("a callback of onExit did not end within " + timeout, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(e);
    } finally {
      process.exit(ExitReason.KILL);
      killAllStartedBy(process);
    }
  }

  private static void killAllStartedBy(Pid ancestor) {
    List<Pid> left;
    do { // a killed process may just have started another one; each round leaves fewer
      left = Processes.list().stream().filter(pid -> isStartedBy(ancestor, pid)).toList();
      left.forEach(pid -> pid.exit(ExitReason.KILL));
    } while (!left.isEmpty());
  }

  private static boolean isStartedBy(Pid ancestor, Pid pid) {
    return Processes.info(pid).map(info -> info.ancestors().contains(ancestor)).orElse(false);
  }
}
