package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A process that computes one value for the process that started it, its owner.
 *
 * <p>Only the owner may await, poll, shut down or ignore it. Unless it was started without, it is
 * linked to its owner: if one crashes, so does the other. After {@code Task} of Elixir.
 *
 * @param <T> the value
 */
public final class Task<T> {
  private final TaskSlot slot;

  Task(TaskSlot slot) {
    this.slot = slot;
  }

  // --- Starting ---

  /** Starts a task, linked to and watched by the calling process. */
  public static <T> Task<T> async(Callable<? extends T> work) {
    Objects.requireNonNull(work, "work");
    Proc owner = (Proc) Self.pid();
    ThreadProc process = TaskProcess.create(owner);
    process.aux().deadline = Carrying.ofTask();
    if (!owner.tryLink(process, true)) {
      throw owner.ended();
    }
    var slot = new TaskSlot(owner, process);
    Callable<?> carrying = Carrying.onto(work);
    process.start(() -> slot.run(carrying));
    return new Task<>(slot);
  }

  /** A task that has ended already, without a process, with this value. */
  public static <T> Task<T> completed(T value) {
    return new Task<>(TaskSlot.completed((Proc) Self.pid(), value));
  }

  /** Starts work without an owner that waits for its value. */
  public static Pid start(Callable<?> work) {
    Objects.requireNonNull(work, "work");
    ThreadProc process = TaskProcess.create(Runner.living());
    process.start(Carrying.onto(work)::call);
    return process;
  }

  /** Starts work without an owner that waits for its value, linked to the calling process. */
  public static Pid startLink(Callable<?> work) {
    Objects.requireNonNull(work, "work");
    Proc owner = (Proc) Self.pid();
    ThreadProc process = TaskProcess.create(owner);
    if (!owner.tryLink(process, true)) {
      throw owner.ended();
    }
    process.start(Carrying.onto(work)::call);
    return process;
  }

  /** Work without an owner, as a child of a supervisor. By default it is not restarted. */
  public static ChildSpec<Pid> of(Callable<?> work) {
    Objects.requireNonNull(work, "work");
    return ChildSpec.of(
            "task", Starter.of(linked -> linked ? startLink(work) : start(work), pid -> pid))
        .restart(Restart.TEMPORARY);
  }

  TaskSlot slot() {
    return slot;
  }

  // --- What it is ---

  /** The process that started the task. */
  public Pid owner() {
    return slot.owner;
  }

  /** Its process; none if it was {@link #completed} from the start. */
  public Optional<Pid> pid() {
    return slot.process();
  }

  /** The owner's watch on it, with which {@link TaskReply} and {@link Down} come. */
  public MonitorRef ref() {
    return slot.ref;
  }

  // --- Awaiting ---

  /** As {@link #await(Duration)}, as long as {@link ServerRef#call(Call)}: five seconds. */
  public T await() {
    return await(Calls.usual());
  }

  /**
   * The task's value, once it has one. A task is awaited once.
   *
   * @throws CallException.Exited if it ends without a value
   * @throws CallException.Timeout if it takes longer; then it is not monitored any more, but still
   *     linked
   * @throws IllegalStateException if the calling process is not the owner
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // null if that is what the work returned
  public T await(Duration timeout) {
    slot.mustOwn();
    boolean ready = new TaskWait(List.of(slot), timeout).forAll();
    try {
      return (T) slot.value(ready);
    } finally {
      slot.forget();
    }
  }

  /** As {@link #awaitMany(List, Duration)}, five seconds. */
  public static <T> List<T> awaitMany(List<Task<T>> tasks) {
    return awaitMany(tasks, Calls.usual());
  }

  /**
   * Waits until all tasks have ended. Returns their values, in the order of the tasks.
   *
   * @throws CallException.Exited as soon as one ends without a value; none is watched then
   * @throws CallException.Timeout if they take longer; none is watched then
   */
  @SuppressWarnings("unchecked")
  public static <T> List<T> awaitMany(List<Task<T>> tasks, Duration timeout) {
    List<TaskSlot> slots = tasks.stream().map(task -> task.slot).toList();
    slots.forEach(TaskSlot::mustOwn);
    boolean all = new TaskWait(slots, timeout).forAllOrFailure();
    try {
      slots.stream().filter(TaskSlot::hasFailed).forEach(slot -> slot.value(true));
      return (List<T>) slots.stream().map(slot -> slot.value(all)).toList();
    } finally {
      TaskSlot.forget(slots);
    }
  }

  /**
   * How the task ended, if it ends within the time. If it does not, this may be called again.
   *
   * @throws IllegalStateException if the calling process is not the owner
   */
  public Optional<TaskResult<T>> poll(Duration timeout) {
    slot.mustOwn();
    new TaskWait(List.of(slot), timeout).forAll();
    return slot.take();
  }

  /** What {@link #pollMany} does with tasks that have not ended in time. */
  public enum OnTimeout {
    /** Nothing: they may be asked again. */
    NOTHING,
    /** {@link Task#ignore}. */
    IGNORE,
    /** Kills them. */
    KILL
  }

  /**
   * A task, and how it ended, if it has.
   *
   * @param task the task
   * @param result how it ended
   */
  public record Polled<T>(Task<T> task, Optional<TaskResult<T>> result) {}

  /**
   * How those tasks ended that end within the time, in their order. Returns as soon as as many as
   * the limit have ended; then it does nothing about the others.
   *
   * @param limit at least 1
   */
  public static <T> List<Polled<T>> pollMany(
      List<Task<T>> tasks, Duration timeout, int limit, OnTimeout onTimeout) {
    if (limit < 1) {
      throw new IllegalArgumentException("pollMany waits for at least 1 task, not " + limit);
    }
    List<TaskSlot> slots = tasks.stream().map(task -> task.slot).toList();
    slots.forEach(TaskSlot::mustOwn);
    new TaskWait(slots, timeout).forSome(Math.min(limit, slots.size()));
    var results = new ArrayList<Optional<TaskResult<T>>>(tasks.size());
    var ended = new ArrayList<TaskSlot>();
    for (TaskSlot slot : slots) {
      Optional<TaskResult<T>> result = ended.size() < limit ? slot.outcome() : Optional.empty();
      results.add(result);
      if (result.isPresent()) {
        ended.add(slot);
      }
    }
    TaskSlot.forget(ended);
    int left = limit - ended.size();
    var polled = new ArrayList<Polled<T>>(tasks.size());
    for (int i = 0; i < tasks.size(); i++) {
      Task<T> task = tasks.get(i);
      Optional<TaskResult<T>> result = results.get(i);
      if (result.isEmpty() && left > 0) {
        result = task.end(onTimeout);
        left -= result.isPresent() ? 1 : 0; // it ended in the last moment
      }
      polled.add(new Polled<>(task, result));
    }
    return List.copyOf(polled);
  }

  private Optional<TaskResult<T>> end(OnTimeout onTimeout) {
    return switch (onTimeout) {
      case NOTHING -> Optional.empty();
      case IGNORE -> ignore();
      case KILL -> kill();
    };
  }

  // --- Ending ---

  /** As {@link #shutdown(Duration)}, five seconds. */
  public Optional<TaskResult<T>> shutdown() {
    return shutdown(ServerRef.DEFAULT_TIMEOUT);
  }

  /**
   * Tells the task to stop, waits for it, and kills it if it takes longer.
   *
   * @return its value if it has one; empty if it stopped because of this; otherwise why it ended
   * @throws IllegalStateException if the calling process is not the owner
   */
  public Optional<TaskResult<T>> shutdown(Duration timeout) {
    return slot.end(ExitReason.SHUTDOWN, timeout);
  }

  /** Kills the task at once; its value if it has one, nothing if it was killed because of this. */
  public Optional<TaskResult<T>> kill() {
    return slot.end(ExitReason.KILL, Duration.ZERO);
  }

  /**
   * Unlinks the task and stops monitoring it. It runs on by itself.
   *
   * @return how it ended, if it has
   * @throws IllegalStateException if the calling process is not the owner
   */
  public Optional<TaskResult<T>> ignore() {
    slot.mustOwn();
    Optional<TaskResult<T>> result = slot.take();
    slot.process().ifPresent(Self::unlink);
    slot.forget();
    return result;
  }

  @Override
  public String toString() {
    return "Task[" + slot.process().map(Object::toString).orElse("completed") + "]";
  }
}
