package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.ServerRef;
import dev.ostler.StatusReport;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be done to processes through the observer, and by whom. */
@ExtendWith(OstlerExtension.class)
class ActionsTest {
  private final Observer observer = Observer.serve(0);
  private final Peer peer = Peer.on(observer.port());
  private final Peer authorized = peer.token(observer.token());
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void close() {
    over.countDown();
    observer.close();
  }

  private static String path(Pid pid, String action) {
    return "/api/v1/processes/" + pid.id() + "/" + action;
  }

  @ParameterizedTest
  @ValueSource(strings = {"suspend", "resume", "kill", "restart", "trace"})
  void need_the_token(String action) throws IOException {
    Pid pid = Agent.of(() -> 1).start().pid();

    assertThat(peer.post(path(pid, action), "").status()).isEqualTo(401);
    assertThat(peer.token("a-wrong-token-of-tests").post(path(pid, action), "").status())
        .isEqualTo(401);
    assertThat(authorized.with("Origin: http://evil.example").post(path(pid, action), "").status())
        .isEqualTo(403);
    assertThat(
            peer.host("evil.example").token(observer.token()).post(path(pid, action), "").status())
        .isEqualTo(421);
    assertThat(authorized.get(path(pid, action)).status()).isEqualTo(405);
    assertThat(pid.isAlive()).isTrue();
    assertThat(Sys.status(pid).suspended()).isFalse();
  }

  @Test
  void can_be_switched_off() throws IOException {
    try (Observer readOnly = Observer.on(0).actions(false).serve()) {
      Pid pid = Agent.of(() -> 1).start().pid();
      Peer asking = Peer.on(readOnly.port()).token(readOnly.token());

      assertThat(asking.post(path(pid, "kill"), "").status()).isEqualTo(403);
      assertThat(asking.get("/api/v1/overview").at("actions")).isEqualTo(false);
      assertThat(pid.isAlive()).isTrue();
    }
  }

  @Test
  void suspend_and_resume_a_server() throws IOException {
    Pid pid = Agent.of(() -> 1).start().pid();

    assertThat(authorized.post(path(pid, "suspend"), "").status()).isEqualTo(200);
    assertThat(Sys.status(pid).suspended()).isTrue();
    assertThat(authorized.post(path(pid, "resume"), "").status()).isEqualTo(200);
    assertThat(Sys.status(pid).suspended()).isFalse();
  }

  @Test
  void do_not_suspend_a_raw_process() throws IOException {
    Pid pid = Processes.spawn("raw", over::await);

    assertThat(authorized.post(path(pid, "suspend"), "").status()).isEqualTo(409);
  }

  @Test
  void kill_a_process() throws IOException {
    Pid pid = Processes.spawn("victim", over::await);

    Peer.Answer answer = authorized.post(path(pid, "kill"), "");

    assertThat(answer.status()).isEqualTo(200);
    assertThat((String) answer.at("done")).contains("victim");
    assertThat(pid.isAlive()).isFalse();
    assertThat(authorized.post(path(pid, "kill"), "").status()).isEqualTo(404);
  }

  @Test
  void restart_what_a_supervisor_starts_again() throws IOException {
    Name<Agent<Integer>> permanent = Name.unique("permanent");
    Name<Agent<Integer>> temporary = Name.unique("temporary");
    Supervisor top =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(Agent.of(() -> 1).named(permanent))
            .child(Agent.of(() -> 1).named(temporary).restart(Restart.TEMPORARY))
            .start();
    Pid before = permanent.pid();

    assertThat(authorized.post(path(before, "restart"), "").status()).isEqualTo(200);
    assertThat(authorized.post(path(temporary.pid(), "restart"), "").status()).isEqualTo(409);
    assertThat(authorized.post(path(top.pid(), "restart"), "").status()).isEqualTo(409);

    assertThat(before.isAlive()).isFalse();
    top.count(); // answered after the restart
    assertThat(permanent.pid().isAlive()).isTrue();
    assertThat(temporary.pid().isAlive()).isTrue();
  }

  @Test
  void are_logged_with_who_asked() throws IOException {
    var said = new ArrayList<String>();
    var keeping =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            said.add(new SimpleFormatter().formatMessage(line));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("dev.ostler.observer");
    log.addHandler(keeping);
    try {
      Pid pid = Processes.spawn("logged", over::await);
      authorized.post(path(pid, "kill"), "");

      assertThat(said)
          .singleElement()
          .asString()
          .startsWith("observer: kill of " + pid + " (logged), asked for by /127.0.0.1:");
    } finally {
      log.removeHandler(keeping);
    }
  }

  // --- Traces

  private record Add(int number) implements Call<Counter, Integer> {}

  private record Login(String password) implements Cast<Counter> {}

  /** Adds numbers, and shows no password. */
  private static final class Counter implements GenServer<Integer, Add, Login> {
    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Add add, From<?> from, Integer sum) {
      return add.reply(sum + add.number, sum + add.number);
    }

    @Override
    public Next<Integer> handleCast(Login login, Integer sum) {
      return Next.noReply(sum);
    }

    @Override
    public StatusReport formatStatus(StatusReport status) {
      return status.message().filter(Login.class::isInstance).isPresent()
          ? status.message("a login")
          : status;
    }
  }

  @Test
  void trace_messages_replies_and_states() throws IOException {
    ServerRef<Counter> counter = GenServer.of(Counter::new).start();
    try (Peer.Stream trace =
        authorized.stream("POST", path(counter.pid(), "trace"), "{\"count\":5,\"seconds\":60}")) {
      assertThat(trace.status()).isEqualTo(200);
      counter.call(new Add(3));
      counter.cast(new Login("secret"));

      assertThat(List.of(next(trace), next(trace), next(trace)))
          .isEqualTo(List.of("in Add[number=3]", "out 3", "state 3"));
      assertThat(List.of(next(trace), next(trace))).isEqualTo(List.of("in a login", "state 3"));
      assertThat(trace.next("end").get("why")).isEqualTo("there were as many as were wanted");
    }
  }

  private static String next(Peer.Stream trace) throws IOException {
    Map<?, ?> event = trace.next("message");
    return event.get("kind") + " " + event.get("text");
  }

  @Test
  void trace_until_the_server_ends() throws IOException {
    Pid pid = Agent.of(() -> 1).start().pid();
    try (Peer.Stream trace = authorized.stream("POST", path(pid, "trace"), "")) {
      assertThat(trace.status()).isEqualTo(200);
      authorized.post(path(pid, "kill"), "");

      assertThat((String) trace.next("end").get("why")).contains("ended");
    }
  }

  @Test
  void trace_for_a_time() throws IOException {
    Pid pid = Agent.of(() -> 1).start().pid();
    try (Peer.Stream trace = authorized.stream("POST", path(pid, "trace"), "{\"seconds\":1}")) {
      assertThat(trace.status()).isEqualTo(200);
      assertThat(trace.next("end").get("why")).isEqualTo("the time is over");
    }
  }

  @Test
  void record_calls_across_servers() throws Exception {
    Agent<Integer> last = Agent.of(() -> 1).label("last").start();
    Agent<Agent<Integer>> middle = Agent.of(() -> last).label("middle").start();
    Agent<Agent<Agent<Integer>>> first = Agent.of(() -> middle).label("first").start();
    var answer = new ArrayList<Peer.Answer>();
    Thread asking =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    answer.add(authorized.post("/api/v1/calls", "{\"count\":3,\"seconds\":20}"));
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    while (asking.isAlive()) { // until it is recorded
      first.get(next -> next.get(end -> end.get(value -> value)));
    }
    asking.join(Duration.ofMinutes(1));

    List<?> calls = (List<?>) answer.getFirst().at("calls");
    assertThat(calls).hasSize(3);
    assertThat(calls.stream().map(call -> Peer.at(call, "label")).toList())
        .containsAnyOf("first", "middle", "last");
    assertThat(calls.stream().anyMatch(call -> Peer.at(call, "parent") != null)).isTrue();
  }
}
