package dev.ostler.tests;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.DynamicSupervisor;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Prints how many bytes of heap an idle process of one kind takes that is held by its pid, its
 * callbacks included, its state not. To be run with the serial collector and without allocation
 * buffers, so that the figures are exact.
 */
final class IdleMemory {
  private static final int COUNT = 20_000;

  private IdleMemory() {}

  /** What the processes are, and whether each is started from a specification of its own. */
  enum Idle {
    SERVER,
    OWN_SERVER,
    DIRECT,
    OWN_DIRECT,
    OWN_LABELLED,
    OWN_BOUNDED,
    AGENT,
    OWN_AGENT,
    RAW,
    SUPERVISED,
    OWN_SUPERVISED,
    MONITORED,
    OWN_MONITORED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  public static void main(String[] arguments) throws Exception {
    Supplier<Pid> start = starter(Idle.valueOf(arguments[0]));
    var all = new Pid[COUNT];
    for (int i = 0; i < 2_000; i++) { // loads all classes
      all[i] = start.get();
    }
    long before = used();
    for (int i = 0; i < COUNT; i++) {
      all[i] = start.get();
    }
    System.out.println((used() - before) / COUNT);
    System.exit(all[COUNT - 1].isAlive() ? 0 : 1);
  }

  private static long used() {
    System.gc();
    System.gc(); // what the first one queued for cleaning
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static Supplier<Pid> starter(Idle idle) {
    ServerChild<Cell, ServerRef<Cell>> one = GenServer.of(Cell::new);
    ServerChild<Cell, ServerRef<Cell>> direct = one.direct();
    ServerChild<Cell, ServerRef<Cell>> temporary = one.restart(Restart.TEMPORARY);
    DynamicSupervisor supervisor = DynamicSupervisor.of().start();
    ServerRef<Watcher> watcher = GenServer.of(Watcher::new).start();
    return switch (idle) {
      case SERVER -> () -> one.start().pid();
      case OWN_SERVER -> () -> GenServer.of(Cell::new).start().pid();
      case DIRECT -> () -> direct.start().pid();
      case OWN_DIRECT -> () -> GenServer.of(Cell::new).direct().start().pid();
      case OWN_LABELLED -> () -> GenServer.of(Cell::new).label("cell").start().pid();
      case OWN_BOUNDED ->
          () -> GenServer.of(Cell::new).mailbox(9, Overflow.DROP_OLDEST).start().pid();
      case AGENT -> () -> Agent.start(() -> "state").pid();
      case OWN_AGENT -> () -> Agent.of(() -> "state").start().pid();
      case RAW -> () -> Processes.spawn(Self::receive);
      case SUPERVISED -> () -> supervisor.startChild(temporary).pid();
      case OWN_SUPERVISED ->
          () -> supervisor.startChild(GenServer.of(Cell::new).restart(Restart.TEMPORARY)).pid();
      case MONITORED -> () -> watcher.call(new Watcher.Watch(one.start().pid()));
      case OWN_MONITORED ->
          () -> watcher.call(new Watcher.Watch(GenServer.of(Cell::new).start().pid()));
    };
  }

  private static final class Cell implements GenServer<String, Call<Cell, ?>, Cast<Cell>> {
    @Override
    public Init<String> init() {
      return Init.ok("state");
    }
  }

  /** Monitors whom it is told to. */
  private static final class Watcher implements GenServer<String, Watcher.Watch, Cast<Watcher>> {
    record Watch(Pid pid) implements Call<Watcher, Pid> {}

    @Override
    public Init<String> init() {
      return Init.ok("state");
    }

    @Override
    public Next<String> handleCall(Watch watch, From<?> from, String state) {
      Self.monitor(watch.pid());
      return watch.reply(watch.pid(), state);
    }
  }
}
