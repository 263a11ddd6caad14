package dev.ostler.bench;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The dead handle nothing, and whoever waits for them hears of it. */
public class DeathStress {
  private static final int CASTS = 4;

  /** Once {@code stop} has returned, no callback begins. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "Nothing is handled after the end.")
  @Outcome(expect = FORBIDDEN, desc = "A message is handled after stop returned.")
  @State
  public static class Stopped {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).start();

    @Actor
    public void caster() {
      castSome(server);
    }

    @Actor
    public void stopper() {
      server.stop();
      listener.over();
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = lateOnes(server, listener);
    }
  }

  /** The same for a direct server, whose casts run on their senders' threads. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "Nothing is handled after the end.")
  @Outcome(expect = FORBIDDEN, desc = "A message is handled after stop returned.")
  @State
  public static class DirectStopped {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).direct().start();

    @Actor
    public void caster() {
      castSome(server);
    }

    @Actor
    public void stopper() {
      server.stop();
      listener.over();
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = lateOnes(server, listener);
    }
  }

  /** What is sent after its sender has seen the DOWN is never handled, though others still send. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "One DOWN; nothing sent after it is handled.")
  @Outcome(expect = FORBIDDEN, desc = "No DOWN, or a message handled that was sent after it.")
  @State
  public static class Killed {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).start();
    private final AtomicInteger downs = new AtomicInteger();

    @Actor
    public void caster() {
      castSome(server);
    }

    @Actor
    public void killer() {
      killAndSendOn(server, downs);
    }

    @Arbiter
    public void count(II_Result r) {
      r.r1 = Listener.await(downs, 1);
      r.r2 = lateOnes(server, listener);
    }
  }

  /** The same for a direct server. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "One DOWN; nothing sent after it is handled.")
  @Outcome(expect = FORBIDDEN, desc = "No DOWN, or a message handled that was sent after it.")
  @State
  public static class DirectKilled {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).direct().start();
    private final AtomicInteger downs = new AtomicInteger();

    @Actor
    public void caster() {
      castSome(server);
    }

    @Actor
    public void killer() {
      killAndSendOn(server, downs);
    }

    @Arbiter
    public void count(II_Result r) {
      r.r1 = Listener.await(downs, 1);
      r.r2 = lateOnes(server, listener);
    }
  }

  /** A call that meets a kill: the answer or the reason, and never five seconds of nothing. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Answered before the kill.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "Told of the death.")
  @Outcome(expect = FORBIDDEN, desc = "Left to wait.")
  @State
  public static class CallMeetsKill {
    private final ServerRef<Listener> server = GenServer.of(Listener::new).start();

    @Actor
    public void caller(I_Result r) {
      r.r1 = answeredOrTold(server);
    }

    @Actor
    public void killer() {
      server.pid().exit(ExitReason.KILL);
    }
  }

  /** The same for a direct server. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Answered before the kill.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "Told of the death.")
  @Outcome(expect = FORBIDDEN, desc = "Left to wait.")
  @State
  public static class DirectCallMeetsKill {
    private final ServerRef<Listener> server = GenServer.of(Listener::new).direct().start();

    @Actor
    public void caller(I_Result r) {
      r.r1 = answeredOrTold(server);
    }

    @Actor
    public void killer() {
      server.pid().exit(ExitReason.KILL);
    }
  }

  private static void castSome(ServerRef<Listener> server) {
    for (int i = 0; i < CASTS; i++) {
      server.cast(Listener.Note.NOTE);
    }
  }

  private static void killAndSendOn(ServerRef<Listener> server, AtomicInteger downs) {
    Pid pid = server.pid();
    Processes.spawn(
        () -> {
          Self.monitor(pid);
          pid.exit(ExitReason.KILL);
          Self.receive(Down.class);
          server.cast(Listener.Note.LATE);
          downs.incrementAndGet();
        });
  }

  private static int answeredOrTold(ServerRef<Listener> server) {
    try {
      return server.call(new Listener.Ask(), Duration.ofSeconds(10));
    } catch (CallException.Exited | CallException.NoProcess e) {
      return 2;
    } catch (CallException.Timeout e) {
      return 3;
    }
  }

  /** Asks the dead first: a wrong activation that was under way gets its chance. */
  private static int lateOnes(ServerRef<Listener> server, Listener listener) {
    for (int i = 0; i < CASTS && !server.pid().isAlive(); i++) {
      server.cast(Listener.Note.LATE);
      Thread.yield();
    }
    return listener.late();
  }
}
