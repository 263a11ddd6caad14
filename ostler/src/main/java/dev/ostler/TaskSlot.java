package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where a task's value comes to, or its end; used by the owner, and filled by the task.
 *
 * <p>The value comes here for who awaits it, and as a {@link TaskReply} for who does not; who takes
 * it here takes the messages back.
 */
final class TaskSlot extends Request<Object> {
  final Proc owner;
  final MonitorRef ref;
  private final @Nullable ThreadProc process;
  private boolean taken; // touched by the owner

  /** The slot of a task that has yet to start. */
  TaskSlot(Proc owner, ThreadProc process) {
    super("a task", process, owner);
    this.owner = owner;
    this.process = process;
    defer(); // the death of the task answers, unless a value comes first
    ref = owner.monitor(process, null);
    if (!process.isAlive()) {
      fail(ExitReason.NO_PROCESS); // it ended before its death could answer
    }
  }

  private TaskSlot(Proc owner) {
    super("a task", (Proc) Processes.NOBODY, owner);
    this.owner = owner;
    this.process = null;
    ref = new MonitorRef(owner, target, null);
    ref.deactivate();
  }

  static TaskSlot completed(Proc owner, @Nullable Object value) {
    var slot = new TaskSlot(owner);
    slot.complete(value);
    return slot;
  }

  /** The task's work, in its process. */
  void run(Callable<?> work) throws Exception {
    Object value = work.call();
    complete(value);
    owner.put(new Message.Signal(new TaskReply(ref, Optional.ofNullable(value))));
  }

  Optional<Pid> process() {
    return Optional.ofNullable(process);
  }

  void mustOwn() {
    if (Self.pid() != owner) {
      throw new IllegalStateException(
          "the task "
              + process().map(Object::toString).orElse("completed")
              + " must be queried from its owner "
              + owner
              + " but was queried from "
              + Self.pid());
    }
  }

  /** Whether there is nothing to wait for any more: an end that was not taken yet. */
  boolean isReady() {
    if (!taken && process != null && process.isClosed()) {
      process.awaitGone(); // its death answers
    }
    return !taken && !isPending();
  }

  boolean hasFailed() {
    return isReady() && result() instanceof Failure;
  }

  /**
   * Takes the value.
   *
   * @param ready whether it came in time
   */
  @Nullable Object value(boolean ready) {
    Object result = result();
    forget();
    if (!ready || result == null) {
      throw new CallException.Timeout("no value from the task " + target + " in time");
    }
    if (result instanceof Failure(ExitReason reason)) {
      throw new CallException.Exited("the task " + target, "await", reason);
    }
    return unwrap(result);
  }

  /** Takes the end, if it has come and was not taken. */
  @SuppressWarnings({"unchecked", "NullAway"}) // a value is null only where T says so
  <T> Optional<TaskResult<T>> take() {
    if (!isReady()) {
      return Optional.empty();
    }
    Object result = Objects.requireNonNull(result());
    forget();
    return Optional.of(
        result instanceof Failure(ExitReason reason)
            ? new TaskResult.Exited<>(reason)
            : new TaskResult.Ok<>((T) unwrap(result)));
  }

  /** Watches the task no more, and takes its messages back. */
  void forget() {
    taken = true;
    ref.end();
    ref.flush();
    if (owner instanceof ThreadProc receiver) {
      receiver.flush(ref);
    }
    close();
  }

  /** Ends the task with a signal. */
  <T> Optional<TaskResult<T>> end(ExitReason signal, Duration timeout) {
    mustOwn();
    if (process == null) {
      Optional<TaskResult<T>> result = take();
      return result.isPresent()
          ? result
          : Optional.of(new TaskResult.Exited<>(ExitReason.NO_PROCESS));
    }
    if (taken) { // it may still run: who awaited it had no time
      return new TaskSlot(owner, process).end(signal, timeout);
    }
    Self.unlink(process);
    boolean ended = isReady();
    if (!ended) {
      process.exit(signal);
      if (!new TaskWait(List.of(this), timeout).forAll()) {
        process.exit(ExitReason.KILL);
        new TaskWait(List.of(this), Duration.ofSeconds(Long.MAX_VALUE)).forAll();
      }
    }
    Optional<TaskResult<T>> result = take();
    ExitReason ours = signal.equals(ExitReason.KILL) ? ExitReason.KILLED : signal;
    return !ended && result.equals(Optional.of(new TaskResult.Exited<T>(ours)))
        ? Optional.empty()
        : result;
  }

  @Override
  void deliver(ServerProc server) {
    throw new AssertionError("a task's slot is in no mailbox");
  }
}
