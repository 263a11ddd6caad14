package dev.ostler;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A supervisor's child: its spec, and its process while it has one. Used by the supervisor only.
 */
final class ChildState {
  ChildSpec<?> spec; // without what a temporary child was started with, once it runs
  private @Nullable Pid pid;
  private @Nullable Pid last;
  private @Nullable Pid replaced; // its process before, until it is started again
  private long lostAt;
  private @Nullable ExitReason lastEnd;
  private int restarts;
  private @Nullable Pid key;
  private boolean restarting;
  private int failures;
  private int attempts;
  private long startedAt;
  private long lived = -1;

  ChildState(ChildSpec<?> spec) {
    this.spec = spec;
  }

  Optional<Pid> pid() {
    return Optional.ofNullable(pid);
  }

  boolean isRunning() {
    return pid != null;
  }

  boolean isRestarting() {
    return restarting;
  }

  /** It ended, or was stopped, and is not to be started again by itself. */
  void ended() {
    pid = null;
    restarting = false;
  }

  /** Marks it as restarting: it will be started again later. */
  void restarting() {
    if (pid != null) {
      lost(pid);
      lived = lostAt - startedAt;
      last = pid;
    }
    pid = null;
    restarting = true;
    failures++;
  }

  private void lost(Pid process) {
    replaced = process;
    lostAt = Clock.current().nanos();
  }

  /** The process that the one it has now replaces; null if there is none. */
  @Nullable Pid replaced() {
    return replaced;
  }

  /** It ended by itself, for this reason. */
  void endedBy(ExitReason reason) {
    lastEnd = reason;
  }

  /** It was started again; what there is to know of it. */
  Past restarted() {
    return new Past(++restarts, Optional.ofNullable(lastEnd));
  }

  /** How long it had no process before it was started again just now. */
  long missingNanos() {
    return startedAt - lostAt;
  }

  /**
   * The process it had, or was about to have, before it is to be started again. If it is not known
   * who began and failed, then the supervisor's own.
   */
  Optional<Pid> last() {
    return Optional.ofNullable(last);
  }

  /** As {@link #restarting()}, for a supervisor that finds its children by their last process. */
  void restarting(Pid ended) {
    if (pid == null) { // until now it was known by its spec alone
      lost(ended);
    }
    restarting();
    last = ended;
    key = ended;
  }

  /** The process by which its supervisor finds it while it is restarted, if it does so. */
  Optional<Pid> key() {
    return Optional.ofNullable(key);
  }

  /** How often it failed. This tells the wait for one restart from an earlier one. */
  int failures() {
    return failures;
  }

  /**
   * Starts it, as a child of the running supervisor.
   *
   * @return what the starter holds; nothing if the child chose not to start
   * @throws RuntimeException why it did not start
   */
  Optional<Object> start() {
    ended();
    try {
      ChildSpec.Started<?> started = spec.attempt();
      Self.link(started.pid()); // in case its starter did not
      pid = started.pid();
      last = null;
      spec = spec.started();
      startedAt = Clock.current().nanos();
      return Optional.of(started.handle());
    } catch (StartException.Ignored e) {
      last = null;
      return Optional.empty();
    } catch (StartException e) {
      last = e.begun != null ? e.begun : Self.pid(); // unknown: anybody below the supervisor
      throw e;
    }
  }

  /** Stops it as its spec says, and waits. Why it ended, if that was not as it should. */
  Optional<ExitReason> stop() {
    Pid process = pid;
    if (process != null) {
      lost(process);
    }
    ended();
    return process == null ? Optional.empty() : Stopping.of(process, spec.shutdown()).await(spec);
  }

  /** How long to wait before the next restart. */
  Duration delay() {
    if (spec.backoff().isEmpty()) {
      return Duration.ZERO;
    }
    Backoff backoff = spec.backoff().get();
    if (lived >= Durations.nanos(backoff.reset(), "reset")) {
      attempts = 0;
    }
    lived = -1; // what fails to start has no life to count
    return backoff.delay(attempts++);
  }

  @Override
  public String toString() {
    return spec.id() + (pid != null ? " " + pid : restarting ? " restarting" : " not running");
  }
}
