package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates the processes of tasks: ordinary ones, which know for which processes they work. */
final class TaskProcess {
  private TaskProcess() {}

  static ThreadProc create(@Nullable Proc owner) {
    ThreadProc process = new ThreadProc("task", owner == null ? null : owner.asParent());
    if (owner != null) {
      process.aux().callers = callersFor(owner);
    }
    return process;
  }

  /** The processes for which a task of this process works. */
  static List<Pid> callersFor(Proc owner) {
    List<Pid> said = Ancestors.callersGivenBy(owner);
    if (!said.isEmpty()) {
      return said;
    }
    var callers = new ArrayList<Pid>();
    callers.add(owner);
    callers.addAll(owner.callers());
    return List.copyOf(callers);
  }
}
