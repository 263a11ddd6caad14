import dev.ostler.*;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs jobs, a few at a time, and repeats those that fail, with growing delays.
 *
 * <p>A job runs in a task. If it crashes, the queue hears of it by a {@code Down}, and lives. The
 * owner of a job is told how it ended.
 */
record JobQueue(TaskSupervisor workers, int atOnce, int attempts, Duration delay)
    implements GenServer<JobQueue.State, Call<JobQueue, Void>, JobQueue.Add> {

  record Job(String name, Callable<String> work, Pid owner, int attempt) {
    Job again() {
      return new Job(name, work, owner, attempt + 1);
    }
  }

  /** What the owner of a job is told. */
  sealed interface Outcome {
    record Done(String job, String result) implements Outcome {}

    record GaveUp(String job, ExitReason reason) implements Outcome {}
  }

  record Add(String name, Callable<String> work, Pid owner) implements Cast<JobQueue> {}

  private record Retry(Job job) {}

  record State(Deque<Job> waiting, Map<MonitorRef, Job> running) {}

  @Override
  public Init<State> init() {
    return Init.ok(new State(new ArrayDeque<>(), new HashMap<>()));
  }

  @Override
  public Next<State> handleCast(Add add, State state) {
    state.waiting().add(new Job(add.name(), add.work(), add.owner(), 1));
    return runMore(state);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) {
    switch (message) {
      case TaskReply(var ref, var result) -> {
        Self.demonitor(ref, true);
        Job job = state.running().remove(ref);
        job.owner().send(new Outcome.Done(job.name(), String.valueOf(result.orElseThrow())));
      }
      case Down down -> failed(state.running().remove(down.ref()), down.reason());
      case Retry(Job job) -> state.waiting().add(job);
      default -> {}
    }
    return runMore(state);
  }

  private void failed(Job job, ExitReason reason) {
    if (job.attempt() == attempts) {
      job.owner().send(new Outcome.GaveUp(job.name(), reason));
    } else { // twice as long after each failure
      Self.sendAfter(new Retry(job.again()), delay.multipliedBy(1L << (job.attempt() - 1)));
    }
  }

  private Next<State> runMore(State state) {
    while (state.running().size() < atOnce && !state.waiting().isEmpty()) {
      Job job = state.waiting().remove();
      state.running().put(workers.asyncNoLink(job.work()).ref(), job);
    }
    return Next.noReply(state);
  }

  static void main() {
    Processes.attach();
    var calls = new AtomicInteger();
    TaskSupervisor workers = TaskSupervisor.of().start();
    var queue =
        GenServer.of(() -> new JobQueue(workers, 2, 3, Duration.ofMillis(1))).start();

    queue.cast(new Add("mail", () -> mail(calls), Self.pid()));
    IO.println(Self.receive(Outcome.class));
    queue.cast(new Add("fax", () -> { throw new IllegalStateException("busy"); }, Self.pid()));
    IO.println(Self.receive(Outcome.class));
  }

  private static String mail(AtomicInteger calls) {
    if (calls.incrementAndGet() < 3) {
      throw new IllegalStateException("no connection");
    }
    return "sent after " + calls + " attempts";
  }
}

/* Prints:
Done[job=mail, result=sent after 3 attempts]
GaveUp[job=fax, reason=crash: java.lang.IllegalStateException: busy]
*/
