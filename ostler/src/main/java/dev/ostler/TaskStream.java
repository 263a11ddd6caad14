package dev.ostler;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A function applied to many items by tasks, so many at a time.
 *
 * <p>An immutable value; each method gives a changed copy. After {@code Task.async_stream} of
 * Elixir.
 *
 * @param <E> the items
 * @param <R> what the function makes of each
 */
public final class TaskStream<E, R> {
  /** What happens to an item whose task takes too long. */
  public enum OnTimeout {
    /** The consumer gets {@link CallException.Timeout}; all tasks are killed. */
    EXIT,
    /** The task is killed; its result is {@link TaskResult.Exited} with a timeout. */
    KILL
  }

  /**
   * The reason of a result whose task failed, if that is to tell the item.
   *
   * @param input the item
   * @param reason why its task failed
   */
  public record Failed(Object input, ExitReason reason) {}

  /** Starts the task of one item. */
  private interface Starter {
    <T> Task<T> start(Callable<T> work);
  }

  private final Iterable<? extends E> items;
  private final Function<? super E, ? extends R> function;
  private Starter starter = Task::async;
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

  private TaskStream<E, R> copy() {
    var copy = new TaskStream<E, R>(items, function);
    copy.starter = starter;
    copy.most = most;
    copy.ordered = ordered;
    copy.timeout = timeout;
    copy.onTimeout = onTimeout;
    copy.zipped = zipped;
    return copy;
  }

  /**
   * At most so many tasks at a time.
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

  /** How long each task may take, and what happens to one that takes longer. */
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
    var copy = copy();
    copy.starter = supervisor::async;
    return copy;
  }

  /** The tasks are children of a supervisor, not linked to the consumer: failures are results. */
  public TaskStream<E, R> underWithoutLink(TaskSupervisor supervisor) {
    var copy = copy();
    copy.starter = supervisor::asyncNoLink;
    return copy;
  }

  /**
   * The results, computed as they are asked for, by the process that asks.
   *
   * <p>Close the stream if you do not take all of it: that kills the tasks that are left. No
   * message of a task stays in the mailbox of a process that receives; a server that traps exits
   * gets an {@link Exit} of each that is linked to it.
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

  /** An item, its task, and until when it may take. */
  private record Running<E, R>(E item, Task<R> task, long began) {}

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
        return ordered ? result(head()) : first();
      } catch (Throwable thrown) {
        close();
        throw thrown;
      }
    }

    private void begin() {
      E item = left.next();
      Task<R> task = starter.start(() -> function.apply(item));
      running.add(new Running<>(item, task, Clock.current().nanos()));
    }

    /** The first, once it has ended, or its time is over; meanwhile others end, and more begin. */
    private Running<E, R> head() {
      Running<E, R> head = running.getFirst();
      var busy = new ArrayList<>(running);
      boolean inTime = true;
      while (inTime && !head.task().slot().isReady() && left.hasNext()) {
        inTime = new TaskWait(slots(busy), left(head)).forSome(1);
        busy.removeIf(each -> each.task().slot().isReady());
        while (busy.size() < most && left.hasNext()) {
          begin();
          busy.add(running.getLast());
        }
      }
      return running.remove();
    }

    private List<TaskSlot> slots(List<Running<E, R>> some) {
      return some.stream().map(each -> each.task().slot()).toList();
    }

    /** The result of whichever is ready first. */
    private TaskResult<R> first() {
      List<Running<E, R>> all = List.copyOf(running);
      new TaskWait(slots(all), left(all.getFirst())).forSome(1);
      Running<E, R> ready =
          all.stream()
              .filter(each -> each.task().slot().isReady())
              .findFirst()
              .orElse(all.getFirst());
      running.remove(ready);
      return result(ready);
    }

    private Duration left(Running<E, R> each) {
      long passed = Clock.current().nanos() - each.began();
      long nanos = Durations.nanos(timeout, "timeout");
      return Duration.ofNanos(nanos == Long.MAX_VALUE ? nanos : Math.max(0, nanos - passed));
    }

    private TaskResult<R> result(Running<E, R> each) {
      TaskResult<R> result = each.task().poll(left(each)).orElseGet(() -> late(each));
      unlink(each.task());
      return result instanceof TaskResult.Exited<R>(ExitReason reason) && zipped
          ? new TaskResult.Exited<>(ExitReason.of(new Failed(each.item(), reason)))
          : result;
    }

    private TaskResult<R> late(Running<E, R> each) {
      TaskResult<R> result = each.task().kill().orElse(new TaskResult.Exited<>(ExitReason.TIMEOUT));
      if (onTimeout == OnTimeout.EXIT) {
        throw new CallException.Timeout(
            "no value from the task of " + Text.bounded(each.item()) + " within " + timeout);
      }
      return result;
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
    private static void unlink(Task<?> task) {
      Pid pid = task.pid().orElseThrow();
      Self.unlink(pid);
      if (Runner.process() instanceof ThreadProc self && self.traps()) {
        Self.receive(Exit.class, exit -> exit.pid() == pid, Duration.ZERO);
      }
    }
  }
}
