package dev.ostler.kv;

import dev.ostler.Child;
import dev.ostler.ChildSpec;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Starts the parts of a store in order, starts each again if it ends, and stops them in reverse.
 *
 * <p>A process that traps exits, linked with every part. Any thread may use it.
 */
final class Keeper {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** A part that ends sooner than this after the last restart is started again this much later. */
  private static final Duration PACE = Duration.ofMillis(100);

  private static final Duration STOP_TIME = Duration.ofSeconds(1);

  private record StartAgain(ChildSpec<?> part) {}

  private record Stop() {}

  private final CompletableFuture<Boolean> started = new CompletableFuture<>();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final Pid pid;
  private volatile boolean quiet;

  // Touched by its own process.
  private final SequencedMap<Pid, ChildSpec<?>> running = new LinkedHashMap<>();
  private long lastRestart = System.nanoTime() - PACE.toNanos();

  private Keeper(String label, List<? extends Child<?>> parts) {
    pid = Processes.spawn(label, () -> run(parts));
  }

  /** Starts all parts, and returns once all have begun; if one does not, none is left. */
  static Keeper start(String label, List<? extends Child<?>> parts) {
    var keeper = new Keeper(label, parts);
    try {
      keeper.started.join();
      return keeper;
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  Pid pid() {
    return pid;
  }

  /** From now on, what ends stays ended. */
  void quiet() {
    quiet = true;
    tell();
  }

  /** Stops all parts, last first, and returns once they have ended, or were told to. */
  void stop() {
    quiet();
    pid.send(new Stop());
    try {
      ended.get(STOP_TIME.toNanos() * 2, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      pid.exit(ExitReason.KILL);
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      pid.exit(ExitReason.KILL); // and all parts with it
    }
  }

  /** Waits until the condition holds, which is looked at after each restart; false if in vain. */
  synchronized boolean await(BooleanSupplier condition, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0 || quiet) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  private synchronized void tell() {
    notifyAll();
  }

  // --- Its process
  // --------------------------------------------------------------------------------

  private void run(List<? extends Child<?>> parts) throws Exception {
    Self.trapExits(true);
    try {
      for (Child<?> part : parts) {
        start(part.spec());
      }
      started.complete(true);
      keep();
    } catch (Throwable failure) {
      started.completeExceptionally(failure);
    } finally {
      stopAll();
      ended.complete(true);
      tell();
    }
  }

  private void keep() throws Exception {
    while (true) {
      switch (Self.receive()) {
        case Exit(Pid dead, ExitReason reason) -> {
          ChildSpec<?> part = running.remove(dead);
          if (part != null && !quiet) {
            LOG.log(Level.WARNING, part.id() + " ended: " + reason + "; it is started again");
            restart(part);
          }
        }
        case StartAgain(ChildSpec<?> part) -> restart(part);
        case Stop _ -> {
          return;
        }
        default -> {} // a stranger's message is no business of the store
      }
    }
  }

  private void start(ChildSpec<?> part) throws Exception {
    running.put(part.starter().call().pid(), part);
  }

  private void restart(ChildSpec<?> part) {
    if (quiet) {
      return;
    }
    if (System.nanoTime() - lastRestart < PACE.toNanos()) {
      Self.sendAfter(new StartAgain(part), PACE); // for as long as the store is open
      return;
    }
    lastRestart = System.nanoTime();
    try {
      start(part);
    } catch (Exception e) {
      LOG.log(Level.ERROR, part.id() + " did not start again", e);
      Self.sendAfter(new StartAgain(part), PACE);
    }
    tell();
  }

  private void stopAll() {
    for (Pid part : List.copyOf(running.sequencedKeySet().reversed())) {
      part.exit(ExitReason.SHUTDOWN);
      if (Self.receive(Exit.class, exit -> exit.pid().equals(part), STOP_TIME).isEmpty()) {
        part.exit(ExitReason.KILL);
      }
    }
  }
}
