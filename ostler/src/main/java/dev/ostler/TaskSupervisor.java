package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A supervisor of tasks: they are its children, and it ends them when it ends.
 *
 * <p>Any process may start tasks under it. After {@code Task.Supervisor} of Elixir.
 */
public final class TaskSupervisor {
  private static final Duration HANDOVER = Duration.ofSeconds(5);

  private final DynamicSupervisor supervisor;

  private TaskSupervisor(DynamicSupervisor supervisor) {
    this.supervisor = supervisor;
  }

  /** A supervisor to be started. */
  public static Spec of() {
    return new Spec(DynamicSupervisor.of().label("task supervisor"));
  }

  /** The supervisor that has, or will have, this name. */
  public static TaskSupervisor at(Name<TaskSupervisor> name) {
    return new TaskSupervisor(DynamicSupervisor.at(dynamic(name)));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // it is a dynamic supervisor that has the name
  private static Name<DynamicSupervisor> dynamic(Name<TaskSupervisor> name) {
    return (Name) Objects.requireNonNull(name, "name");
  }

  /** How to start and run a supervisor of tasks. An immutable value. */
  public static final class Spec implements Child<TaskSupervisor> {
    private final DynamicSupervisor.Spec spec;

    private Spec(DynamicSupervisor.Spec spec) {
      this.spec = spec;
    }

    /** As {@link DynamicSupervisor.Spec#maxChildren}. */
    public Spec maxChildren(int tasks) {
      return new Spec(spec.maxChildren(tasks));
    }

    /** As {@link DynamicSupervisor.Spec#intensity}. */
    public Spec intensity(int restarts, Duration within) {
      return new Spec(spec.intensity(restarts, within));
    }

    /** Its name, until it ends. */
    public Spec named(Name<TaskSupervisor> name) {
      return new Spec(spec.named(dynamic(name)));
    }

    /** How its own supervisor identifies it; by default by its name, or a generated id. */
    public Spec id(Object id) {
      return new Spec(spec.id(id));
    }

    @Override
    public ChildSpec<TaskSupervisor> spec() {
      ChildSpec<DynamicSupervisor> inner = spec.spec();
      return new ChildSpec<>(
          inner.id(),
          Starter.of(linked -> linked ? startLink() : start(), TaskSupervisor::pid),
          inner.restart(),
          inner.shutdown(),
          inner.kind(),
          inner.significant(),
          inner.backoff());
    }

    @Override
    public TaskSupervisor start() {
      return new TaskSupervisor(spec.start());
    }

    @Override
    public TaskSupervisor startLink() {
      return new TaskSupervisor(spec.startLink());
    }
  }

  /** The process. */
  public Pid pid() {
    return supervisor.pid();
  }

  // --- Tasks for the calling process ---

  /**
   * As {@link Task#async}: linked to the calling process, but a child of the supervisor.
   *
   * @throws StartException.TooManyChildren if the limit of tasks is reached
   */
  public <T> Task<T> async(Callable<? extends T> work) {
    return async(work, Shutdown.DEFAULT);
  }

  /** As {@link #async(Callable)}, stopped in this way if the supervisor stops. */
  public <T> Task<T> async(Callable<? extends T> work, Shutdown shutdown) {
    return handOver(work, shutdown, true);
  }

  /**
   * As {@link #async(Callable)}, but not linked: if the task fails, its owner hears of it, and
   * lives.
   */
  public <T> Task<T> asyncNoLink(Callable<? extends T> work) {
    return asyncNoLink(work, Shutdown.DEFAULT);
  }

  /** As {@link #asyncNoLink(Callable)}, stopped in this way if the supervisor stops. */
  public <T> Task<T> asyncNoLink(Callable<? extends T> work, Shutdown shutdown) {
    return handOver(work, shutdown, false);
  }

  /** The work of a task, sent by its owner once it watches the task. */
  private record Work(TaskSlot slot, Callable<?> work, @Nullable Deadline deadline) {}

  private <T> Task<T> handOver(Callable<? extends T> work, Shutdown shutdown, boolean linked) {
    Objects.requireNonNull(work, "work");
    Proc owner = (Proc) Self.pid();
    List<Pid> callers = TaskProcess.callersFor(owner);
    ThreadProc process =
        (ThreadProc)
            supervisor.startChild(spec(Restart.TEMPORARY, shutdown, callers, () -> perform(owner)));
    if (linked && !owner.tryLink(process, false)) {
      owner.mustLive();
    }
    var slot = new TaskSlot(owner, process);
    process.put(new Message.Signal(new Work(slot, Carrying.onto(work), Carrying.ofTask())));
    return new Task<>(slot);
  }

  /** The task's side: waits for its work, unless the owner ends before it sends it. */
  private static void perform(Proc owner) throws Exception {
    MonitorRef ref = Self.monitor(owner);
    Object message =
        Self.receive(
                Object.class,
                m -> m instanceof Work || (m instanceof Down down && down.ref() == ref),
                HANDOVER)
            .orElse(ExitReason.TIMEOUT);
    Self.demonitor(ref, true);
    switch (message) {
      case Work(TaskSlot slot, Callable<?> work, Deadline deadline) -> {
        ((Proc) Self.pid()).aux().deadline = deadline;
        slot.run(work);
      }
      case Down down -> Self.exit(ExitReason.shutdown(down.reason()));
      default -> Self.exit(ExitReason.TIMEOUT);
    }
  }

  // --- Work nobody waits for ---

  /** Starts work without an owner, linked to the supervisor only. */
  public Pid startChild(Callable<?> work) {
    return startChild(work, Restart.TEMPORARY);
  }

  /** Starts work without an owner, with a rule for restarts. */
  public Pid startChild(Callable<?> work, Restart restart) {
    return startChild(work, restart, Shutdown.DEFAULT);
  }

  /** The same, stopped in this way if the supervisor stops. */
  public Pid startChild(Callable<?> work, Restart restart, Shutdown shutdown) {
    Objects.requireNonNull(work, "work");
    Proc caller = Runner.living();
    List<Pid> callers = caller == null ? List.of() : TaskProcess.callersFor(caller);
    return supervisor.startChild(spec(restart, shutdown, callers, Carrying.onto(work)::call));
  }

  private static ChildSpec<Pid> spec(
      Restart restart, Shutdown shutdown, List<Pid> callers, Processes.Body body) {
    return ChildSpec.of(
            "task",
            () -> {
              Proc parent = (Proc) Self.pid();
              var process = new ThreadProc("task", parent.asParent());
              process.aux().callers = callers;
              if (!parent.tryLink(process, true)) {
                throw parent.ended();
              }
              process.start(body);
              return new ChildSpec.Started<Pid>(process, process);
            })
        .restart(restart)
        .shutdown(shutdown);
  }

  // --- Children ---

  /** The tasks that run. */
  public List<Pid> children() {
    return supervisor.children().stream()
        .filter(child -> !child.restarting())
        .map(DynamicSupervisor.ChildInfo::pid)
        .toList();
  }

  /** As {@link DynamicSupervisor#terminateChild}. */
  public void terminateChild(Pid task) {
    supervisor.terminateChild(task);
  }

  /** Stops the tasks, and itself. */
  public void stop() {
    supervisor.stop();
  }

  @Override
  public String toString() {
    return "TaskSupervisor[" + supervisor + "]";
  }
}
