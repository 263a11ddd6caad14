package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server that many call dies, in many ways at once and with delays between the steps of its
 * death: each caller gets an answer or the reason it died of. They wait for an hour, so one who is
 * forgotten makes the test hang.
 */
@Timeout(240)
@ResourceLock(SlowDeath.LOCK)
class DeathUnderCallsTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final int ROUNDS = 60;
  private static final int CALLERS = 5;

  static LongStream seeds() {
    return Seeds.some(8);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_server_leaves_no_caller_without_answer(long seed) throws Exception {
    rounds(seed, GenServer.of(Obedient::new), false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_direct_server_leaves_no_caller_without_answer(long seed) throws Exception {
    rounds(seed, GenServer.of(Obedient::new).direct(), false);
  }

  @Test
  void who_saw_a_direct_server_end_on_its_thread_calls_nobody() {
    var server = GenServer.of(Obedient::new).direct().start();
    assertThat(server.call(new Obedient.Leave(ExitReason.NORMAL))).isEqualTo("bye");
    assertThatThrownBy(() -> server.call(new Obedient.Answer(), LONG))
        .isInstanceOf(CallException.NoProcess.class);
    assertThatThrownBy(server::stop).isInstanceOf(CallException.NoProcess.class);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_server_with_a_full_mailbox_leaves_no_caller_without_answer(long seed) throws Exception {
    rounds(seed, GenServer.of(Obedient::new).mailbox(1, Overflow.BLOCK), false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_suspended_server_leaves_no_caller_without_answer(long seed) throws Exception {
    rounds(seed, GenServer.of(Obedient::new), true);
    rounds(seed, GenServer.of(Obedient::new).direct(), true);
  }

  private static void rounds(long seed, Child<ServerRef<Obedient>> child, boolean suspended)
      throws Exception {
    var random = new Random(seed);
    try (var _ = new SlowDeath()) {
      for (int i = 0; i < ROUNDS; i++) {
        new Round(random, child.start()).run(suspended);
      }
    }
  }

  /** The short life of one server, and those who witness its end. */
  private record Round(
      Random random,
      ServerRef<Obedient> server,
      boolean direct,
      CountDownLatch allTold,
      List<FutureTask<Outcome>> tasks) {
    /** Whether somebody was answered, and else the reason that was told. */
    record Outcome(boolean answered, ExitReason told) {
      static final Outcome ANSWERED = new Outcome(true, ExitReason.NORMAL);
      static final Outcome NO_PROCESS = new Outcome(false, ExitReason.NO_PROCESS);
    }

    Round(Random random, ServerRef<Obedient> server) {
      this(
          random,
          server,
          ((ServerProc) server.pid()).options.isDirect(),
          new CountDownLatch(1),
          new ArrayList<>());
    }

    void run(boolean suspended) throws Exception {
      if (suspended) {
        Sys.suspend(server.pid());
      }
      var start = new CountDownLatch(1);
      for (int i = 0; i < CALLERS; i++) {
        begin(start, caller(random.nextLong()));
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        begin(start, ender());
      }
      start.countDown();
      SlowDeath.spin(random.nextInt(200_000));
      server.pid().exit(ExitReason.KILL);

      ExitReason reason = ((Proc) server.pid()).reason();
      for (FutureTask<Outcome> task : tasks) {
        Outcome outcome = task.get();
        if (!outcome.answered() && outcome != Outcome.NO_PROCESS) {
          assertThat(outcome.told()).isEqualTo(reason);
        }
      }
      allTold.countDown();
    }

    private void begin(CountDownLatch start, Callable<Outcome> work) {
      var task =
          new FutureTask<>(
              () -> {
                start.await();
                return attempt(work);
              });
      tasks.add(task);
      switch (random.nextInt(3)) {
        case 0 -> Processes.spawn(task::run);
        case 1 -> Thread.startVirtualThread(task);
        default -> Thread.ofPlatform().start(task);
      }
    }

    private static Outcome attempt(Callable<Outcome> work) throws Exception {
      try {
        return work.call();
      } catch (CallException.Exited e) {
        return new Outcome(false, e.reason());
      } catch (CallException.NoProcess e) {
        return Outcome.NO_PROCESS;
      }
    }

    /** Calls until it is told that the server ended. */
    private Callable<Outcome> caller(long seed) {
      var own = new Random(seed);
      return () -> {
        while (true) {
          switch (own.nextInt(5)) {
            case 0 -> server.call(loiterOrAnswer(own), LONG);
            case 4 -> server.call(new Obedient.Answer(), LONG);
            case 1 -> server.call(new Obedient.AnswerLater(), LONG);
            case 2 -> Sys.getState(server.pid(), LONG);
            default -> server.cast(new Obedient.Flush());
          }
        }
      };
    }

    /** Now and then the server does not come back from a callback before all have been told. */
    private Obedient.Request loiterOrAnswer(Random own) {
      boolean loiters = !direct && own.nextInt(4) == 0;
      return loiters ? new Obedient.Loiter(allTold) : new Obedient.Answer();
    }

    /** Ends the server in one of many ways, or tries to. */
    private Callable<Outcome> ender() {
      Pid pid = server.pid();
      return switch (random.nextInt(6)) {
        case 0 -> () -> signal(pid, ExitReason.SHUTDOWN);
        case 1 -> () -> signal(pid, ExitReason.KILL);
        case 2 -> () -> stop(ExitReason.NORMAL);
        case 3 -> () -> stop(ExitReason.shutdown("enough"));
        case 4 -> {
          ExitReason reason = ExitReason.shutdown("bye");
          yield () -> {
            assertThat(server.call(new Obedient.Leave(reason), LONG)).isEqualTo("bye");
            return new Outcome(false, reason); // whose last word it was, it died of
          };
        }
        default ->
            () -> {
              Sys.terminate(pid, ExitReason.shutdown("terminated"));
              return Outcome.ANSWERED;
            };
      };
    }

    private static Outcome signal(Pid pid, ExitReason reason) {
      pid.exit(reason);
      assertThat(pid.isAlive()).isFalse();
      return Outcome.ANSWERED;
    }

    private Outcome stop(ExitReason reason) {
      server.stop(reason, LONG);
      return new Outcome(false, reason); // it ended with the reason that was asked for
    }
  }

  /** Answers now or later or as its last word, and never crashes. */
  private static final class Obedient
      implements GenServer<List<From<String>>, Obedient.Request, Obedient.Flush> {
    sealed interface Request extends Call<Obedient, String> {}

    record Answer() implements Request {}

    record AnswerLater() implements Request {}

    record Loiter(CountDownLatch until) implements Request {}

    record Leave(ExitReason reason) implements Request {}

    record Flush() implements Cast<Obedient> {}

    @Override
    public Init<List<From<String>>> init() {
      return Init.ok(List.of());
    }

    @Override
    public Next<List<From<String>>> handleCall(
        Request request, From<?> from, List<From<String>> waiting) {
      return switch (request) {
        case Answer answer -> answer.reply("now", waiting);
        case AnswerLater later -> {
          var more = new ArrayList<>(waiting);
          more.add(later.from(from));
          yield Next.noReply(more);
        }
        case Loiter loiter -> {
          loiter(loiter.until());
          yield loiter.reply("too late", waiting);
        }
        case Leave leave -> leave.replyAndStop("bye", leave.reason(), waiting);
      };
    }

    /** Waits, interrupted or not. */
    private static void loiter(CountDownLatch until) {
      while (until.getCount() > 0) {
        try {
          until.await();
        } catch (InterruptedException e) {
          // It stays.
        }
      }
    }

    @Override
    public Next<List<From<String>>> handleCast(Flush flush, List<From<String>> waiting) {
      if (waiting.size() % 2 == 0) {
        waiting.forEach(from -> from.reply("later"));
      } else { // another thread answers, perhaps when the server is dead
        Thread.startVirtualThread(() -> waiting.forEach(from -> from.reply("later")));
      }
      return Next.noReply(List.of());
    }
  }
}
