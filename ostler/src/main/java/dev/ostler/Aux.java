package dev.ostler;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields that only some processes need. It keeps the other processes small. */
final class Aux {
  // Under the process's lock.
  @Nullable Name<?> name;
  @Nullable String label;
  @Nullable MonitorRef watched;
  @Nullable HashSet<Timer> timers;
  @Nullable HashSet<Slot> deferred;
  @Nullable ArrayDeque<Message> held;
  @Nullable Object registrations; // see Few
  @Nullable Ancestors asParent;
  volatile @Nullable Clock clock; // if not its parent's
  volatile @Nullable PriorityMessages first;
  volatile @Nullable Past past; // written by its supervisor

  // Written before the process is published.
  List<Pid> callers = List.of();
  @Nullable Deadline deadline; // of the process that awaits it, if it is a task
  volatile @Nullable Object exposed; // what a process of the runtime's own shows to all threads

  // Written before it has children.
  volatile List<Pid> callersOfChildren = List.of();

  // Touched by the owner only, until the process is dead.
  @Nullable Object continuation;
  @Nullable IdleTimeout idle;
  @Nullable Debug debug;

  /** The process is dead: forgets everything but its name, its label and its clock. */
  void forget() {
    IdleTimeout armed = idle;
    if (armed != null) {
      armed.disarm();
    }
    if (exposed instanceof RegistryServer.Shown shown) {
      shown.table().forget();
    }
    first = null;
    continuation = null;
    idle = null;
    debug = null;
    exposed = null;
    past = null;
    callers = List.of();
    callersOfChildren = List.of();
    deadline = null;
  }
}
