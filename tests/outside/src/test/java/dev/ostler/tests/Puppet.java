package dev.ostler.tests;

import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that does what a test tells it, one thing at a time, and leaves every other message in
 * its mailbox.
 *
 * <p>Any thread may tell it.
 */
record Puppet(Pid pid) {
  private record Order(Callable<?> action, CompletableFuture<Object> outcome) {
    void carryOut() {
      try {
        outcome.complete(action.call());
      } catch (Exception failure) {
        outcome.completeExceptionally(failure);
      } catch (Error failure) {
        outcome.completeExceptionally(failure);
        throw failure; // the end of the process may be what was ordered
      }
    }
  }

  /** The order after which a puppet has nothing more to do. */
  private enum Leave {
    NOW
  }

  /** Starts a puppet that is linked to nobody. */
  static Puppet start() {
    return new Puppet(Processes.spawn("puppet", Puppet::run));
  }

  private static void run() {
    while (true) {
      switch (Self.receive(
              Object.class, m -> m instanceof Order || m instanceof Leave, Deaths.PATIENCE)
          .orElse(Leave.NOW)) {
        case Order order -> order.carryOut();
        default -> {
          return;
        }
      }
    }
  }

  /** Has it do something, as itself, and gives what it found; throws what it threw. */
  @SuppressWarnings("unchecked")
  <T> T ask(Callable<T> action) {
    var outcome = new CompletableFuture<Object>();
    pid.send(new Order(action, outcome));
    return (T) outcomeOf(outcome);
  }

  private static Object outcomeOf(CompletableFuture<Object> outcome) {
    try {
      return outcome.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new AssertionError("the puppet failed", e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("the puppet does not answer", e);
    }
  }

  /** Has it do something, as itself, and waits until it is done. */
  void does(Processes.Body action) {
    ask(
        () -> {
          action.run();
          return pid;
        });
  }

  /** Tells it to do something that is not waited for: to end, for one. */
  void order(Processes.Body action) {
    pid.send(
        new Order(
            () -> {
              action.run();
              return pid;
            },
            new CompletableFuture<>()));
  }

  /** Tells it to return from its body. */
  void leave() {
    pid.send(Leave.NOW);
  }
}
