package dev.ostler;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The slot for a task's value or end. The task fills it; its owner reads it.
 *
 * <p>An owner that awaits the task reads the value here; any other owner receives a {@link
 * TaskReply}. An owner that takes the value here removes the task's messages from the mailbox.
 */
final class TaskSlot extends Slot {
  /*
   * The task sends its reply and fills the slot in one step under the slot's lock, and only while
   * the slot is open. The owner closes the slot under the same lock. So once the owner has closed
   * it, either the reply is in the mailbox or none will come, and the same is true of the Down once
   * the monitor has ended. The owner then removes these messages from the mailbox.
   */
  final Proc owner;
  final MonitorRef ref;
  private final @Nullable ThreadProc process;
  private boolean taken; // touched by the owner
  private boolean replied; // under this slot's lock: whether a TaskReply was sent
  private volatile @Nullable Future<?> deadline;
  private volatile boolean expired;

  /** The slot of a task that has not started. */
  TaskSlot(Proc owner, ThreadProc process) {
    super(process);
    this.owner = owner;
    this.process = process;
    defer(); // the task's death fails the slot, unless a value comes first
    ref = owner.monitor(process, null, null);
    if (!process.isAlive()) {
      fail(ExitReason.NO_PROCESS); // it ended before its death could answer
    }
  }

  private TaskSlot(Proc owner) {
    super((Proc) Processes.NOBODY);
    this.owner = owner;
    this.process = null;
    ref = MonitorRef.make(owner, target, null, null);
    ref.deactivate();
  }

  static TaskSlot completed(Proc owner, @Nullable Object value) {
    var slot = new TaskSlot(owner);
    slot.complete(value);
    return slot;
  }

  /** Runs the task's work. Called in the task's process. */
  void run(Callable<?> work) throws Exception {
    Object value = work.call();
    synchronized (this) {
      if (isPending() && isRunning()) { // otherwise its owner no longer waits
        owner.put(new Reply(Optional.ofNullable(value)));
        replied = true;
        if (isRunning()) {
          complete(value);
          cancelDeadline();
        } // otherwise it was killed: its death fails the slot, and the reply may follow the Down
      }
    }
  }

  // --- Its deadline ---

  /** Has the task killed after this time, unless it has ended, even if its owner is busy then. */
  void expireAfter(long nanos) {
    if (nanos < Long.MAX_VALUE) {
      deadline = owner.clock().after(nanos, this::expire);
      if (!isPending()) {
        cancelDeadline(); // it ended meanwhile
      }
    }
  }

  private void expire() {
    ThreadProc late = process;
    if (late != null && isPending()) {
      expired = true;
      owner.unlink(late);
      Death.of(late, ExitReason.KILLED);
    }
  }

  /** Whether the task was killed because its time was over. */
  boolean isLate() {
    return expired && new Failure(ExitReason.KILLED).equals(result());
  }

  private void cancelDeadline() {
    Future<?> set = deadline;
    if (set != null) {
      set.cancel(false);
      deadline = null;
    }
  }

  @Override
  void fail(ExitReason reason) {
    super.fail(reason);
    cancelDeadline();
  }

  private boolean isRunning() {
    return process != null && !process.isClosed();
  }

  /** The message with the value. The owner does not receive it if the task was killed first. */
  private final class Reply extends Message.Signal {
    Reply(Optional<Object> value) {
      super(new TaskReply(ref, value));
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      if (isPending() && process != null && process.isClosed()) {
        process.awaitGone(); // its death fails the slot
      }
      return result() instanceof Failure ? null : super.payload(receiver);
    }
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

  /** Whether the task has ended and its result has not been taken. */
  boolean isReady() {
    if (!taken && process != null && process.isClosed()) {
      process.awaitGone(); // its death fails the slot
    }
    return !taken && !isPending();
  }

  boolean hasFailed() {
    return isReady() && result() instanceof Failure;
  }

  /**
   * The value.
   *
   * @param ready whether it came in time
   */
  @Nullable Object value(boolean ready) {
    Object result = result();
    if (!ready || result == null) {
      throw new CallException.Timeout("no value from the task " + target + " in time");
    }
    if (result instanceof Failure(ExitReason reason)) {
      throw new CallException.Exited("the task " + target, "await", reason);
    }
    return unwrap(result);
  }

  /** The result, if the task has ended and it was not taken. The caller must {@link #forget}. */
  @SuppressWarnings({"unchecked", "NullAway"}) // a value is null only where T says so
  <T> Optional<TaskResult<T>> outcome() {
    if (!isReady()) {
      return Optional.empty();
    }
    Object result = Objects.requireNonNull(result());
    return Optional.of(
        result instanceof Failure(ExitReason reason)
            ? new TaskResult.Exited<>(reason)
            : new TaskResult.Ok<>((T) unwrap(result)));
  }

  /** Takes the result, if the task has ended and it was not taken. */
  <T> Optional<TaskResult<T>> take() {
    Optional<TaskResult<T>> outcome = outcome();
    if (outcome.isPresent()) {
      forget();
    }
    return outcome;
  }

  /** Stops monitoring the task, and removes its messages from the mailbox. */
  void forget() {
    int messages = settleAccounts();
    if (messages > 0) {
      owner.withdraw(message -> MonitorRef.of(message) == ref, messages);
    }
    ref.flushed();
  }

  /** The same for several tasks of one owner, in one pass over the mailbox. */
  static void forget(Collection<TaskSlot> slots) {
    var refs = new HashSet<@Nullable MonitorRef>();
    int messages = 0;
    for (TaskSlot slot : slots) {
      if (refs.add(slot.ref)) {
        messages += slot.settleAccounts();
      }
    }
    if (messages > 0) {
      Proc owner = slots.iterator().next().owner;
      owner.withdraw(message -> refs.contains(MonitorRef.of(message)), messages);
    }
    slots.forEach(slot -> slot.ref.flushed());
  }

  /** Prevents further messages. Returns how many of its messages wait in the owner's mailbox. */
  private int settleAccounts() {
    taken = true;
    if (process == null) {
      return 0; // a completed task sends no messages
    }
    boolean told = !ref.end();
    synchronized (this) {
      close();
      cancelDeadline();
      return ref.toFlush(told, replied);
    }
  }

  /**
   * Sends the signal to a task that is no longer linked, in the owner's name, even if the owner has
   * just died. If there is no memory for the signal, the task is killed.
   */
  private void tell(ThreadProc process, ExitReason signal) {
    try {
      process.exit(owner, signal);
    } catch (Throwable thrown) {
      process.exit(owner, ExitReason.KILL);
      throw thrown;
    }
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
    if (taken) { // it may still run: the await may have timed out
      return new TaskSlot(owner, process).end(signal, timeout);
    }
    Self.unlink(process);
    boolean ended = isReady();
    if (!ended) {
      tell(process, signal);
      if (!new TaskWait(List.of(this), timeout).forAll()) {
        process.exit(ExitReason.KILL);
        new TaskWait(List.of(this), TaskWait.FOREVER).forAll();
      }
    }
    Optional<TaskResult<T>> result = take();
    ExitReason ours = signal.equals(ExitReason.KILL) ? ExitReason.KILLED : signal;
    return !ended && result.equals(Optional.of(new TaskResult.Exited<T>(ours)))
        ? Optional.empty()
        : result;
  }
}
