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
 * What a test, or a class of tests, has while it lives: its process, and what ends with that.
 *
 * <p>Made, used and {@linkplain #detach detached} by one thread, which is the process; {@linkplain
 * #end ended} then by one that is none.
 */
final class Lifetime {
  /*
   * The end, in ExUnit's order: the process, with reason shutdown, and so those linked to it; its
   * children, the newest first; all else that descends from it; the callbacks of onExit, the newest
   * first, each a process of its own.
   */

  final Pid pid = Processes.attach().pid();
  private final String whose;
  private final Crashes crashes = new Crashes(pid);
  private final Map<Object, Processes.Body> onExit = new LinkedHashMap<>();
  private @Nullable TestSupervisor supervisor;
  private @Nullable ManualClock clock;
  private Optional<AssertionError> endedEarly = Optional.empty();

  /** Those it started that were linked to it at its end. */
  private final List<Pid> linked = new ArrayList<>();

  /**
   * Begins, on the calling thread.
   *
   * @param whose the test's, or the class's
   */
  Lifetime(String whose) {
    this.whose = whose;
  }

  // --- What it has ---

  /** Begins with the first child, so that it goes by the clock of the test. */
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

  /** Has the callback called after the end, in place of the one with an equal ref, if any. */
  void onExit(Object ref, Processes.Body callback) {
    onExit.put(ref, callback);
  }

  // --- Its end ---

  /** The failure of a process that was ended before its time, if it was. */
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
   * The thread is the process no more, which ends with {@link ExitReason#SHUTDOWN}, as do those
   * that are linked to it. Children of the supervisor are stopped by that, in their order.
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

  /** Ends all that belongs to it. What went wrong; what came later is suppressed by the first. */
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

  /** Lets those that were linked to the process, and trap exits, terminate. */
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

  /** After the end: shows the crashes of its processes with a failure, if there is one. */
  void showCrashesIn(Optional<Throwable> failure) {
    failure.ifPresent(crashes::showIn);
    crashes.close();
  }

  /** Calls back in a process of its own; what went wrong, if anything. */
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
    do { // who is killed may have been starting another; each round leaves fewer to do so
      left = Processes.list().stream().filter(pid -> isStartedBy(ancestor, pid)).toList();
      left.forEach(pid -> pid.exit(ExitReason.KILL));
    } while (!left.isEmpty());
  }

  private static boolean isStartedBy(Pid ancestor, Pid pid) {
    return Processes.info(pid).map(info -> info.ancestors().contains(ancestor)).orElse(false);
  }
}
