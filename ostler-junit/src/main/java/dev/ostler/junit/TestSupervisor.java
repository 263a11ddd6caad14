package dev.ostler.junit;

import dev.ostler.ChildSpec;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Shutdown;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The process beside a test that its children are linked to, and stopped by.
 *
 * <p>The test's thread asks it, one thing at a time; it traps exits, so a child's crash ends
 * nothing.
 */
final class TestSupervisor {
  /** Something to do as the supervisor, and where its outcome goes. */
  private record Work(Callable<?> action, CompletableFuture<Object> outcome) {}

  private record Running(Pid pid, ChildSpec<?> spec) {}

  private static final Object NOTHING = new Object();

  // Touched by the supervisor's process only.
  private final SequencedMap<Object, Running> children = new LinkedHashMap<>();

  private final Pid pid;

  /** Starts the supervisor, as a child of the calling process. */
  TestSupervisor() {
    pid = Processes.spawn("test supervisor", this::run);
  }

  private void run() {
    Self.trapExits(true);
    while (true) {
      if (Self.receive() instanceof Work work) {
        try {
          work.outcome().complete(work.action().call());
        } catch (Throwable thrown) {
          work.outcome().completeExceptionally(thrown);
        }
      }
    }
  }

  /** Does something as the supervisor, and waits for it. */
  private <T> T perform(Callable<T> action) {
    return perform(action, Duration.ofDays(365));
  }

  @SuppressWarnings("unchecked")
  private <T> T perform(Callable<T> action, Duration timeout) {
    var outcome = new CompletableFuture<Object>();
    pid.send(new Work(action, outcome));
    try {
      return (T) outcome.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the test's children did not stop within " + timeout, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a child", e);
    }
  }

  <T> T start(ChildSpec<T> spec) {
    return perform(
        () -> {
          Running known = children.get(spec.id());
          if (known != null && known.pid().isAlive()) {
            throw new IllegalArgumentException(
                "the child " + spec.id() + " is started already: " + known.pid());
          }
          ChildSpec.Started<T> started = spec.starter().call();
          children.put(spec.id(), new Running(started.pid(), spec));
          return started.handle();
        });
  }

  void stop(Object id) {
    perform(
        () -> {
          Running child = children.remove(id);
          if (child == null) {
            throw new IllegalArgumentException(
                "there is no child " + id + ", only " + children.keySet());
          }
          stop(child);
          return NOTHING;
        });
  }

  Optional<Pid> pid(Object id) {
    return perform(() -> Optional.ofNullable(children.get(id)).map(Running::pid));
  }

  /** Stops all children, last first, then itself. */
  void stopAll(Duration timeout) {
    try {
      perform(
          () -> {
            children.sequencedValues().reversed().forEach(TestSupervisor::stop);
            children.clear();
            return NOTHING;
          },
          timeout);
    } finally {
      pid.exit(ExitReason.KILL);
    }
  }

  private static void stop(Running child) {
    var ref = Self.monitor(child.pid());
    switch (child.spec().shutdown()) {
      case Shutdown.BrutalKill _ -> child.pid().exit(ExitReason.KILL);
      case Shutdown.Infinity _ -> {
        child.pid().exit(ExitReason.SHUTDOWN);
        Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofDays(365));
      }
      case Shutdown.After(Duration time) -> {
        child.pid().exit(ExitReason.SHUTDOWN);
        if (Self.receive(Down.class, down -> down.ref().equals(ref), time).isEmpty()) {
          child.pid().exit(ExitReason.KILL);
        }
      }
    }
    Self.demonitor(ref, true);
  }
}
