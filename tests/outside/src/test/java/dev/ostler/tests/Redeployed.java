package dev.ostler.tests;

import dev.ostler.Agent;
import dev.ostler.Application;
import dev.ostler.Call;
import dev.ostler.CallRecording;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Metrics;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Task;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * An application as an application server runs it: with a copy of the library of its own, on a
 * thread that lives longer. It uses what makes the runtime start threads and timers, and shuts it
 * down. {@link Forgetful} has run on two other such threads before.
 */
public final class Redeployed implements Callable<Boolean> {
  /** Needed to load it by its name. */
  public Redeployed() {}

  /** Makes a thread a process that it stays: nobody detaches it. */
  public static final class Forgetful implements Callable<Boolean> {
    /** Needed to load it by its name. */
    public Forgetful() {}

    @Override
    public Boolean call() {
      return Processes.attach().pid().isAlive();
    }
  }

  @Override
  public Boolean call() throws Exception {
    Processes.list().getFirst().exit(ExitReason.KILL); // the other one lives until the shutdown
    var recording = CallRecording.start(1_000, Duration.ofDays(1));
    var _ = Metrics.open(); // and nobody closes it
    Name<Agent<Integer>> name = Name.unique("agent");
    var tree =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(Agent.of(() -> 1).named(name))
            .child(GenServer.of(Waiting::new));
    Application.start("redeployed", Application.Type.TEMPORARY, tree);
    Pid agent = name.pid();
    try (var attached = Processes.attach()) {
      Self.monitor(agent);
      attached.pid().sendAfter("never", Duration.ofDays(1));
      Task.async(() -> 1).await();
    }
    Agent.at(name).update(n -> n + 1); // as a thread that is no process
    Pid stubborn = Processes.spawn(() -> Self.receive());
    boolean ended = Processes.shutdown(Duration.ofSeconds(60));
    return ended
        && recording.isOver()
        && !agent.isAlive()
        && !stubborn.isAlive()
        && Processes.list().isEmpty();
  }

  /** A server that waits for a time that never comes. */
  private record Waiting() implements GenServer<String, Call<Waiting, Void>, Cast<Waiting>> {
    @Override
    public Init<String> init() {
      return Init.ok("waits").withTimeout(Duration.ofDays(1));
    }

    @Override
    public Next<String> handleInfo(Object message, String state) {
      return Next.noReply(state);
    }
  }
}
