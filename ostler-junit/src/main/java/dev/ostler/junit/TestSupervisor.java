package dev.ostler.junit;

import dev.ostler.CallException;
import dev.ostler.ChildException;
import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The supervisor beside a test: it restarts the test's children as often as they like, and stops
 * them.
 *
 * <p>Made and asked by the test's process; stopped, once that has ended, by the test's thread.
 */
final class TestSupervisor {
  private static final int ENDLESS = 1_000_000; // restarts in a second, as ExUnit has it

  private final Supervisor supervisor =
      Supervisor.of(Strategy.ONE_FOR_ONE)
          .intensity(ENDLESS, Duration.ofSeconds(1))
          .label("test supervisor")
          .callers(List.of(Self.pid()))
          .start();

  Pid pid() {
    return supervisor.pid();
  }

  <T> T start(ChildSpec<T> spec) {
    return supervisor.startChild(spec);
  }

  /** Starts a child, and links the calling process to the process it is at first. */
  <T> T startLinked(ChildSpec<T> spec) {
    var first = new CompletableFuture<Pid>();
    T handle =
        start(
            new ChildSpec<>(
                spec.id(),
                () -> {
                  var started = spec.starter().call();
                  first.complete(started.pid());
                  return started;
                },
                spec.restart(),
                spec.shutdown(),
                spec.kind(),
                spec.significant(),
                spec.backoff()));
    Self.link(first.join());
    return handle;
  }

  void stop(Object id) {
    pid(id).ifPresent(Self::unlink);
    supervisor.terminateChild(id);
    try {
      supervisor.deleteChild(id);
    } catch (ChildException.NotFound temporary) {
      // Its spec went with it.
    }
  }

  Optional<Pid> pid(Object id) {
    return supervisor.children().stream()
        .filter(child -> child.id().equals(id))
        .findFirst()
        .flatMap(Supervisor.ChildInfo::pid);
  }

  /**
   * Stops all children, last first, then itself; kills itself if that takes too long. What went
   * wrong, if anything.
   */
  Optional<Throwable> stopAll(Duration timeout) {
    try {
      supervisor.stop(ExitReason.SHUTDOWN, timeout);
      return Optional.empty();
    } catch (CallException.NoProcess | CallException.Exited e) {
      return Optional.empty(); // the test ended it
    } catch (CallException e) {
      return Optional.of(
          new AssertionError("the test's children did not stop within " + timeout, e));
    } finally {
      supervisor.pid().exit(ExitReason.KILL);
    }
  }
}
