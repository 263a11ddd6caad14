package dev.ostler.bench;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ostler.GenServer;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * No lost wake-up: what is sent to a process that is about to rest is handled all the same.
 *
 * <p>Each actor sends, waits until something is handled, and sends again: then the server is about
 * to find its mailbox empty.
 */
public class WakeUpStress {
  /** Casts to a server that goes idle. */
  @JCStressTest
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "Every cast is handled.")
  @Outcome(expect = FORBIDDEN, desc = "A cast lies in the mailbox of a server that does not wake.")
  @State
  public static class Casts {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).start();

    @Actor
    public void one() {
      castTwice(server, listener);
    }

    @Actor
    public void other() {
      castTwice(server, listener);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = listener.awaitHandled(4);
    }
  }

  /** Casts to a direct server: who finds it idle runs it, and must look again before it leaves. */
  @JCStressTest
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "Every cast is handled.")
  @Outcome(expect = FORBIDDEN, desc = "A cast lies in the mailbox of a server that nobody runs.")
  @State
  public static class DirectCasts {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).direct().start();

    @Actor
    public void one() {
      castTwice(server, listener);
    }

    @Actor
    public void other() {
      castTwice(server, listener);
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = listener.awaitHandled(4);
    }
  }

  /** Casts of one thread beside a call of another, to a direct server. */
  @JCStressTest
  @Outcome(id = "1, 3", expect = ACCEPTABLE, desc = "Every cast is handled, the call answered.")
  @Outcome(expect = FORBIDDEN, desc = "A cast or the call is stuck.")
  @State
  public static class DirectCastsAndCall {
    private final Listener listener = new Listener();
    private final ServerRef<Listener> server = GenServer.of(() -> listener).direct().start();

    @Actor
    public void caster() {
      castTwice(server, listener);
    }

    @Actor
    public void caller(II_Result r) {
      r.r1 = server.call(new Listener.Ask());
    }

    @Arbiter
    public void count(II_Result r) {
      r.r2 = listener.awaitHandled(3);
    }
  }

  /** Two callers at once: each is answered, and no two are answered from the same state. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = "One after the other.")
  @Outcome(expect = FORBIDDEN, desc = "Both at once, or one of them never.")
  @State
  public static class Calls {
    private final ServerRef<Listener> server = GenServer.of(Listener::new).start();

    @Actor
    public void one(II_Result r) {
      r.r1 = server.call(new Listener.Ask());
    }

    @Actor
    public void other(II_Result r) {
      r.r2 = server.call(new Listener.Ask());
    }
  }

  /** The same for a direct server. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = "One after the other.")
  @Outcome(expect = FORBIDDEN, desc = "Both at once, or one of them never.")
  @State
  public static class DirectCalls {
    private final ServerRef<Listener> server = GenServer.of(Listener::new).direct().start();

    @Actor
    public void one(II_Result r) {
      r.r1 = server.call(new Listener.Ask());
    }

    @Actor
    public void other(II_Result r) {
      r.r2 = server.call(new Listener.Ask());
    }
  }

  /** Messages to a raw process that is about to park in {@code receive}. */
  @JCStressTest
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "Every message is received.")
  @Outcome(expect = FORBIDDEN, desc = "The process sleeps beside its message.")
  @State
  public static class Receives {
    private static final int MESSAGES = 4;

    private final AtomicInteger received = new AtomicInteger();
    private Pid pid;

    @Actor
    public void one() {
      sendTwice();
    }

    @Actor
    public void other() {
      sendTwice();
    }

    @Arbiter
    public void count(I_Result r) {
      r.r1 = Listener.await(received, MESSAGES);
    }

    private void sendTwice() {
      process().send("before");
      Listener.await(received, 1);
      process().send("after");
    }

    /**
     * Spawned by the first actor: jcstress makes states it never uses, and theirs would never end.
     */
    private synchronized Pid process() {
      if (pid == null) {
        pid = Processes.spawn(this::receiveAll);
      }
      return pid;
    }

    private void receiveAll() {
      for (int i = 0; i < MESSAGES; i++) {
        Self.receive();
        received.incrementAndGet();
      }
    }
  }

  private static void castTwice(ServerRef<Listener> server, Listener listener) {
    server.cast(Listener.Note.NOTE);
    listener.awaitHandled(1);
    server.cast(Listener.Note.NOTE);
  }
}
