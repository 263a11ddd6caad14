package dev.ostler.tests;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process that was killed while its code caught all it could, and goes on: it does what a test
 * tells it, as the dead.
 */
final class Zombie {
  /** What the code of the dead came to: a value, or what it threw. */
  sealed interface Outcome {
    record Returned(Object value) implements Outcome {}

    record Threw(Throwable thrown) implements Outcome {}
  }

  private record Order(Callable<?> action, CompletableFuture<Outcome> outcome) {}

  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final CompletableFuture<Thread> thread = new CompletableFuture<>();
  private final Pid pid;
  private volatile boolean resting;

  private Zombie() {
    pid = Processes.spawn("zombie", this::run);
  }

  /** Starts one whose life is not over yet. */
  static Zombie alive() throws Exception {
    var zombie = new Zombie();
    zombie.thread();
    return zombie;
  }

  /** Starts one, and kills it. */
  static Zombie kill() throws Exception {
    var zombie = alive();
    zombie.pid.exit(ExitReason.KILL);
    return zombie;
  }

  private void run() {
    thread.complete(Thread.currentThread());
    while (!resting) {
      try {
        Order order = orders.take();
        order.outcome().complete(carryOut(order.action()));
      } catch (InterruptedException e) {
        // The kill. It goes on.
      }
    }
  }

  private static Outcome carryOut(Callable<?> action) {
    try {
      return new Outcome.Returned(action.call());
    } catch (Throwable thrown) {
      return new Outcome.Threw(thrown);
    }
  }

  Pid pid() {
    return pid;
  }

  Thread thread() throws Exception {
    return thread.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Has it do something; what came of it. */
  Outcome tries(Callable<?> action) throws Exception {
    var order = new Order(action, new CompletableFuture<>());
    orders.add(order);
    return order.outcome().get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Lets its code end. */
  void rest() throws Exception {
    resting = true;
    orders.add(new Order(() -> this, new CompletableFuture<>()));
    thread().join();
  }
}
