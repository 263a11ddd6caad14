package dev.ostler.tests;

import dev.ostler.Cast;
import dev.ostler.Child;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program: many trees whose server starts a named, linked assistant in its init, and crashes
 * once. Prints how many of the trees live on with a new server.
 */
final class AssistedTrees {
  static final int TREES = 200;

  private AssistedTrees() {}

  public static void main(String[] arguments) throws Exception {
    for (Assistant assistant : Assistant.values()) {
      Outcome outcome = run(assistant);
      System.out.printf(
          "%d of %d trees survive with a assistant of kind %s, %d at the first try%n",
          outcome.survivors(), TREES, assistant, outcome.atFirstTry());
    }
  }

  /**
   * How many trees live on, and in how many of these the first restart succeeded.
   *
   * @param survivors the trees that live on
   * @param atFirstTry those of them whose server was started twice, and not more often
   */
  record Outcome(int survivors, int atFirstTry) {}

  /** What the assistant is. Each traps exits, and so has its own turn to end. */
  enum Assistant {
    SERVER {
      @Override
      void startLinked(Name<Plain> name) {
        GenServer.of(Plain::new).named(name).startLink();
      }
    },
    RAW {
      @Override
      void startLinked(Name<Plain> name) throws InterruptedException {
        var begun = new CountDownLatch(1);
        Pid assistant =
            Self.spawnLink(
                "assistant",
                () -> {
                  Self.trapExits(true);
                  begun.countDown();
                  Self.receive();
                });
        begun.await();
        Processes.register(name, assistant);
      }
    };

    /** Starts a assistant, linked to the process that runs here. */
    abstract void startLinked(Name<Plain> name) throws InterruptedException;
  }

  /** A assistant that traps exits, and does nothing. */
  static final class Plain implements GenServer<Boolean, dev.ostler.Call<Plain, ?>, Cast<Plain>> {
    @Override
    public Init<Boolean> init() {
      Self.trapExits(true);
      return Init.ok(true);
    }
  }

  /** Starts its assistant, and crashes when it is told to. */
  static final class Crashing
      implements GenServer<Boolean, dev.ostler.Call<Crashing, ?>, Crashing.Crash> {
    record Crash() implements Cast<Crashing> {}

    private final Assistant assistant;
    private final Name<Plain> name;
    private final CountDownLatch secondStart;
    private final AtomicInteger starts;

    Crashing(
        Assistant assistant, Name<Plain> name, AtomicInteger starts, CountDownLatch secondStart) {
      this.assistant = assistant;
      this.name = name;
      this.starts = starts;
      this.secondStart = secondStart;
    }

    @Override
    public Init<Boolean> init() throws Exception {
      int start = starts.incrementAndGet();
      assistant.startLinked(name);
      if (start > 1) {
        secondStart.countDown();
      }
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCast(Crash message, Boolean state) {
      throw new IllegalStateException("told to crash");
    }
  }

  private record Tree(Supervisor supervisor, Name<Crashing> server, AtomicInteger starts) {}

  static Outcome run(Assistant assistant) throws InterruptedException {
    var trees = new ArrayList<Tree>();
    var ended = new CountDownLatch(TREES);
    for (int i = 0; i < TREES; i++) {
      Name<Crashing> server = Name.unique("server " + i);
      Name<Plain> name = Name.unique("assistant " + i);
      var starts = new AtomicInteger();
      var second = new CountDownLatch(1);
      Child<?> child =
          GenServer.of(() -> new Crashing(assistant, name, starts, second)).named(server);
      Supervisor supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .intensity(3, Duration.ofHours(1))
              .child(child)
              .start();
      trees.add(new Tree(supervisor, server, starts));
      Processes.spawn(
          () -> {
            Self.monitor(supervisor.pid());
            Processes.spawn(
                () -> {
                  second.await();
                  ended.countDown();
                });
            Self.receive(); // the supervisor has given up
            ended.countDown();
          });
    }
    for (Tree tree : trees) {
      tree.server().cast(new Crashing.Crash());
    }
    ended.await();
    List<Tree> alive = trees.stream().filter(tree -> tree.supervisor().pid().isAlive()).toList();
    long atFirstTry = alive.stream().filter(tree -> tree.starts().get() == 2).count();
    trees.forEach(tree -> tree.supervisor().pid().exit(ExitReason.KILL));
    return new Outcome(alive.size(), (int) atFirstTry);
  }
}
