package dev.ostler.bench;

import dev.ostler.GenServer;
import dev.ostler.ServerRef;
import org.apache.pekko.actor.typed.ActorRef;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One idle counter of each kind; a benchmark starts only the kind it asks for. */
public class Neighbours {
  /** A server whose callbacks run on a thread of their own. */
  @State(Scope.Benchmark)
  public static class Plain {
    ServerRef<Counter> server;

    @Setup
    public void start() {
      server = GenServer.of(Counter::new).start();
    }

    @TearDown
    public void stop() {
      server.stop();
    }
  }

  /** A server whose callbacks run on the caller's thread while it is idle. */
  @State(Scope.Benchmark)
  public static class Direct {
    ServerRef<Counter> server;

    @Setup
    public void start() {
      server = GenServer.of(Counter::new).direct().start();
    }

    @TearDown
    public void stop() {
      server.stop();
    }
  }

  /** A virtual thread with a queue. */
  @State(Scope.Benchmark)
  public static class JdkThread {
    ThreadServer server;

    @Setup
    public void start() {
      server = ThreadServer.start();
    }

    @TearDown
    public void stop() {
      server.stop();
    }
  }

  /** A lock. */
  @State(Scope.Benchmark)
  public static class JdkLock {
    final LockedCounter counter = new LockedCounter();
  }

  /** An actor. */
  @State(Scope.Benchmark)
  public static class PekkoTyped {
    Pekko pekko;
    ActorRef<Pekko.Command> counter;

    @Setup
    public void start() {
      pekko = new Pekko();
      counter = pekko.startCounter();
    }

    @TearDown
    public void stop() {
      pekko.close();
    }
  }
}
