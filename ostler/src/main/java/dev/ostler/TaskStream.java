package dev.ostler;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Applies a function to many items by tasks, a limited number of them at a time.
 *
 * <p>An immutable value; each method gives a changed copy. After {@code Task.async_stream} of
 * Elixir.
 *
 * @param <E> the items
 * @param <R> the function's results
 */
public final class TaskStream<E, R> {
  /** What happens to an item whose task takes too long. */
  public enum OnTimeout {
    /** The consumer gets {@link CallException.Timeout} for its result; all tasks are killed. */
    EXIT,
    /** Its result is {@link TaskResult.Exited} with a timeout. */
    KILL
  }

  /**
   * The reason of a failed task with its item, see {@link #zipInputOnExit}.
   *
   * @param input the item
   * @param reason why its task failed
   */
  public record Failed(Object input, ExitReason reason) {}

  /** Starts the task of one item. */
  private interface Starter {
    <T> Task<T> start(Callable<T> work, Shutdown shutdown);
  }

  private final Iterable<? extends E> items;
  private final Function<? super E, ? extends R> function;
  private Starter starter = TaskStream::alone;
  private Shutdown shutdown = Shutdown.DEFAULT;
  private boolean linked = true;
  private int most = Runtime.getRuntime().availableProcessors();
  private boolean ordered = true;
  private Duration timeout = ServerRef.DEFAULT_TIMEOUT;
  private OnTimeout onTimeout = OnTimeout.EXIT;
  private boolean zipped;

  private TaskStream(Iterable<? extends E> items, Function<? super E, ? extends R> function) {
    this.items = Objects.requireNonNull(items, "items");
    this.function = Objects.requireNonNull(function, "function");
  }

  /** As many tasks at a time as there are processors, in order, each with five seconds. */
  public static <E, R> TaskStream<E, R> of(
      Iterable<? extends E> items, Function<? super E, ? extends R> function) {
    return new TaskStream<>(items, function);
  }

  /** A task that no supervisor stops. */
  private static <T> Task<T> alone(Callable<T> work, Shutdown ignored) {
    return Task.async(work);
  }

  private TaskStream<E, R> copy() {
    var copy = new TaskStream<E, R>(items, function);
    copy.starter = starter;
    copy.shutdown = shutdown;
    copy.linked = linked;
    copy.most = most;
    copy.ordered = ordered;
    copy.timeout = timeout;
    copy.onTimeout = onTimeout;
    copy.zipped = zipped;
    return copy;
  }

  /**
   * Runs at most so many tasks at a time.
   *
   * @param tasks at least 1
   */
  public TaskStream<E, R> maxConcurrency(int tasks) {
    if (tasks < 1) {
      throw new IllegalArgumentException("a stream needs at least 1 task at a time, not " + tasks);
    }
    var copy = copy();
    copy.most = tasks;
    return copy;
  }

  /** Results come as they are ready, not in the order of the items. */
  public TaskStream<E, R> unordered() {
    var copy = copy();
    copy.ordered = false;
    return copy;
  }

  /**
   * How long each task may take, and what happens to one that takes longer. It is killed when its
   * time is over, also while the consumer does something else; the consumer hears of it when it
   * asks for that result.
   */
  public TaskStream<E, R> timeout(Duration each, OnTimeout then) {
    var copy = copy();
    copy.timeout = Durations.checked(each, "timeout");
    copy.onTimeout = Objects.requireNonNull(then, "then");
    return copy;
  }

  /** The reason of a failed task tells its item, as {@link Failed}. */
  public TaskStream<E, R> zipInputOnExit() {
    var copy = copy();
    copy.zipped = true;
    return copy;
  }

  /** The tasks are children of a supervisor, linked to the consumer. */
  public TaskStream<E, R> under(TaskSupervisor supervisor) {
    return under(supervisor, Shutdown.DEFAULT);
  }

  /** The same; they are stopped in this way if the supervisor stops. */
  public TaskStream<E, R> under(TaskSupervisor supervisor, Shutdown stop) {
    return started(supervisor::async, stop, true);
  }

  /** The tasks are children of a supervisor, not linked to the consumer: failures are results. */
  public TaskStream<E, R> underWithoutLink(TaskSupervisor supervisor) {
    return underWithoutLink(supervisor, Shutdown.DEFAULT);
  }

  /** The same; they are stopped in this way if the supervisor stops. */
  public TaskStream<E, R> underWithoutLink(TaskSupervisor supervisor, Shutdown stop) {
    return started(supervisor::asyncNoLink, stop, false);
  }

  private TaskStream<E, R> started(Starter by, Shutdown stop, boolean withLink) {
    var copy = copy();
    copy.starter = by;
    copy.shutdown = Objects.requireNonNull(stop, "shutdown");
    copy.linked = withLink;
    return copy;
  }

  /**
   * The results, computed as they are asked for, by the process that asks.
   *
   * <p>Close the stream if you do not take all of it: that kills the tasks that are left. No
   * message of a task stays in the consumer's mailbox.
   */
  public Stream<TaskResult<R>> stream() {
    var run = new Run();
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(run, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(run::close);
  }

  /** All results. */
  public List<TaskResult<R>> toList() {
    try (Stream<TaskResult<R>> results = stream()) {
      return results.toList();
    }
  }

  /**
   * The first results, at most so many. Then it ends: tasks that are left are killed, and no
   * further items are asked for.
   *
   * @param count not negative
   */
  public List<TaskResult<R>> take(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("a stream gives 0 results or more, not " + count);
    }
    try (Stream<TaskResult<R>> results = stream()) {
      return results.limit(count).toList();
    }
  }

  /**
   * Passes each result on as it is ready. If the consumer throws, tasks that are left are killed.
   */
  public void forEach(Consumer<? super TaskResult<R>> consumer) {
    try (Stream<TaskResult<R>> results = stream()) {
      results.forEachOrdered(consumer);
    }
  }

  /** An item and its task. */
  private record Running<E, R>(E item, Task<R> task) {
    boolean isReady() {
      return task.slot().isReady();
    }
  }

  private final class Run implements Iterator<TaskResult<R>> {
    private final Iterator<? extends E> left = items.iterator();
    private final ArrayDeque<Running<E, R>> running = new ArrayDeque<>();

    @Override
    public boolean hasNext() {
      return !running.isEmpty() || left.hasNext();
    }

    @Override
    public TaskResult<R> next() {
      try {
        while (running.size() < most && left.hasNext()) {
          begin();
        }
        return result(ordered ? head() : first());
      } catch (Throwable thrown) {
        close();
        throw thrown;
      }
    }

    private void begin() {
      E item = left.next();
      Task<R> task = starter.start(() -> function.apply(item), shutdown);
      running.add(new Running<>(item, task));
      task.slot().expireAfter(Durations.nanos(timeout, "timeout"));
    }

    /** The first task, once it has ended. Meanwhile others may end, and more begin. */
    private Running<E, R> head() {
      Running<E, R> head = running.getFirst();
      var busy = new ArrayList<>(running);
      while (!head.isReady() && left.hasNext()) {
        awaitOne(busy);
        busy.removeIf(Running::isReady);
        while (busy.size() < most && left.hasNext()) {
          begin();
          busy.add(running.getLast());
        }
      }
      awaitOne(List.of(head));
      return running.remove();
    }

    /** Whichever is ready first. */
    private Running<E, R> first() {
      awaitOne(running);
      Running<E, R> ready = running.stream().filter(Running::isReady).findFirst().orElseThrow();
      running.remove(ready);
      return ready;
    }

    /** Waits until one has ended. None runs forever: each has its deadline. */
    private void awaitOne(Collection<Running<E, R>> some) {
      List<TaskSlot> slots = some.stream().map(each -> each.task().slot()).toList();
      slots.getFirst().mustOwn();
      new TaskWait(slots, TaskWait.FOREVER).forSome(1);
    }

    private TaskResult<R> result(Running<E, R> each) {
      boolean late = each.task().slot().isLate();
      TaskResult<R> result = each.task().slot().<R>take().orElseThrow();
      unlink(each.task());
      if (late && onTimeout == OnTimeout.EXIT) {
        throw new CallException.Timeout(
            "no value from the task of " + Text.bounded(each.item()) + " within " + timeout);
      }
      if (late) {
        result = new TaskResult.Exited<>(ExitReason.TIMEOUT);
      }
      return result instanceof TaskResult.Exited<R>(ExitReason reason) && zipped
          ? new TaskResult.Exited<>(ExitReason.of(new Failed(each.item(), reason)))
          : result;
    }

    void close() {
      var rest = new ArrayList<>(running);
      running.clear();
      for (Running<E, R> each : rest) {
        each.task().kill();
        unlink(each.task());
      }
    }

    /** Leaves nothing of the link to a task that has ended. */
    private void unlink(Task<?> task) {
      var self = (Proc) task.owner();
      var ended = (Proc) task.pid().orElseThrow();
      if (linked && !self.unlink(ended) && self.traps()) {
        self.withdraw(message -> message instanceof Exit exit && exit.pid() == ended, 1);
      }
    }
  }
}
