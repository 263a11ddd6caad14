package dev.ostler.kv.server.admin;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Member;
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
import org.jspecify.annotations.Nullable;

/**
 * Whether a server lives, and whether it is ready. Any thread may ask, except processes; each
 * question takes a limited time.
 *
 * <p>It <em>lives</em> as long as the runtime runs processes: to start it again would not help
 * against anything else. It is <em>ready</em> if commands are answered, and what they change can
 * become durable. A node of a store on several is ready if it knows which one leads, and has about
 * what that one has: then it says to clients where to go.
 */
final class Health {
  /** A node that lacks more entries than this catches up. */
  private static final long FAR_BEHIND = 1000;

  private final Agent<?> process;
  private final Store store;
  private final Duration within;
  private final @Nullable Cluster node; // null: the store is on one node
  private CompletableFuture<Void> caughtUp = CompletableFuture.completedFuture(null);

  /**
   * The health of this store.
   *
   * @param process answers if the runtime works
   * @param within how long a process or the disk may take
   * @param node of a store on several nodes
   */
  Health(Agent<?> process, Store store, Duration within, @Nullable Cluster node) {
    this.process = process;
    this.store = store;
    this.within = within;
    this.node = node;
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
    return failure().or(this::unanswered).or(this::unkept).or(this::leaderless);
  }

  /** What a server that is ready says. */
  String readiness() {
    Optional<Member> leader = node == null ? Optional.empty() : node.leader();
    if (node == null || leader.isEmpty()) {
      return "ready";
    }
    return leader.get().equals(node.self())
        ? "ready: this node leads"
        : "ready: this node follows " + leader.get().name();
  }

  /** Why a node of several is not ready, though its server is. */
  private Optional<String> leaderless() {
    if (node == null) {
      return Optional.empty();
    }
    if (!node.members().contains(node.self())) {
      return Optional.of("%s waits to be added".formatted(node.self().name()));
    }
    if (node.leader().isEmpty()) {
      return Optional.of(
          "no node leads that %s knows of: it does not reach a majority of %d nodes"
              .formatted(node.self().name(), node.members().size()));
    }
    return node.committed() - node.applied() > FAR_BEHIND
        ? Optional.of(
            "%s catches up: it has %d of %d entries"
                .formatted(node.self().name(), node.applied(), node.committed()))
        : Optional.empty();
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
