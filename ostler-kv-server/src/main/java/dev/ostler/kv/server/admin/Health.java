package dev.ostler.kv.server.admin;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Journal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether a server lives, and whether it is ready. Any thread may ask, except processes; each
 * question takes a limited time.
 *
 * <p>It <em>lives</em> as long as the runtime runs processes: to start it again would not help
 * against anything else. It is <em>ready</em> if commands are answered, and what they change can
 * become durable.
 */
final class Health {
  private final Agent<?> process;
  private final Store store;
  private final Duration within;
  private CompletableFuture<Void> caughtUp = CompletableFuture.completedFuture(null);

  /**
   * The health of this store.
   *
   * @param process answers if the runtime works
   * @param within how long a process or the disk may take
   */
  Health(Agent<?> process, Store store, Duration within) {
    this.process = process;
    this.store = store;
    this.within = within;
  }

  /** Why the server does not live; empty if it does. */
  Optional<String> failure() {
    try {
      var _ = process.get(state -> true, within);
      return Optional.empty();
    } catch (CallException e) {
      return Optional.of("a process does not answer: " + e.getMessage());
    }
  }

  /** Why the server is not ready; empty if it is. */
  Optional<String> hindrance() {
    if (store.isClosed()) {
      return Optional.of("the store is closing");
    }
    if (store.isDoubted()) {
      return Optional.of("the store ends: its disk cannot be relied on");
    }
    return failure().or(this::unanswered).or(this::unkept);
  }

  private Optional<String> unanswered() {
    try {
      store.ping(within);
      return Optional.empty();
    } catch (CallException e) {
      return Optional.of("the registry of buckets does not answer: " + e.getMessage());
    }
  }

  private Optional<String> unkept() {
    try {
      store.environment().durability().check();
    } catch (KvException.NotKept e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    return store.catalog().archive().map(Archive::journal).flatMap(this::unwritten);
  }

  private Optional<String> unwritten(Journal journal) {
    try {
      caughtUp(journal).get(within.toNanos(), TimeUnit.NANOSECONDS);
      return Optional.empty();
    } catch (TimeoutException e) {
      return Optional.of(
          "the disk is too slow: it has not taken earlier changes within "
              + within.toMillis()
              + " ms");
    } catch (ExecutionException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      return Optional.of(String.valueOf(why.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("the endpoint is closing");
    }
  }

  /** However many ask, one waits at the journal: a disk that hangs must not collect waiters. */
  private synchronized CompletableFuture<Void> caughtUp(Journal journal) {
    if (caughtUp.isDone()) {
      caughtUp = journal.caughtUp();
    }
    return caughtUp;
  }
}
