package dev.ostler.tests;

import static dev.ostler.SysEvent.Kind.CALL;
import static dev.ostler.SysEvent.Kind.CAST;
import static dev.ostler.SysEvent.Kind.INFO;
import static dev.ostler.SysEvent.Kind.REPLY;
import static dev.ostler.SysEvent.Kind.STATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.ostler.Agent;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.SysEvent;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server tells of its doings, once Sys asks for it: S06 to S11. */
@ParameterizedClass(name = "direct: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(OstlerExtension.class)
class SysDebugTest {
  @Parameter boolean direct;

  private ServerRef<Notebook> server;
  private Pid pid;

  @BeforeEach
  void start() {
    Pid test = Self.pid();
    var servers = GenServer.<Notebook>of(() -> new Notebook(test, true)).label("notebook");
    server = (direct ? servers.direct() : servers).start();
    pid = server.pid();
  }

  private void note(String text) {
    server.cast(new Notebook.Note(text));
  }

  private List<String> pages() {
    return server.call(new Notebook.Pages());
  }

  // S06
  @Test
  void statistics_count_messages_taken_and_answers_given() {
    assertThat(Sys.statistics(pid)).isEmpty();
    Sys.statistics(pid, true);
    pages();
    assertThat(Sys.statistics(pid))
        .hasValueSatisfying(
            counted -> {
              assertThat(counted.messagesIn()).isEqualTo(1);
              assertThat(counted.messagesOut()).isEqualTo(1);
            });
    note("a");
    server.send("b");
    Sys.getState(pid); // is none of the server's messages
    assertThat(Sys.statistics(pid).orElseThrow().messagesIn()).isEqualTo(3);
    assertThat(Sys.statistics(pid).orElseThrow().messagesOut()).isEqualTo(1);
    Sys.statistics(pid, false);
    assertThat(Sys.statistics(pid)).isEmpty();
  }

  // S06
  @Test
  void statistics_of_an_agent_count_alike() {
    var agent = (direct ? Agent.of(() -> 1).direct() : Agent.of(() -> 1)).start();
    Sys.statistics(agent.pid(), true);
    agent.update(n -> n + 1);
    agent.cast(n -> n + 1);
    assertThat(agent.<Integer>get(n -> n)).isEqualTo(3);
    assertThat(Sys.statistics(agent.pid()).orElseThrow().messagesIn()).isEqualTo(3);
    assertThat(Sys.statistics(agent.pid()).orElseThrow().messagesOut()).isEqualTo(2);
  }

  // S07
  @Test
  void the_log_keeps_the_last_events_oldest_first() {
    Sys.log(pid, 3);
    note("a");
    server.send("b");
    assertThat(Sys.log(pid))
        .extracting(SysEvent::kind, SysEvent::content)
        .containsExactly(
            tuple(STATE, List.of("a")), tuple(INFO, "b"), tuple(STATE, List.of("a", "info b")));
    Sys.log(pid, 0);
    assertThat(Sys.log(pid)).isEmpty();
    note("c");
    assertThat(Sys.log(pid)).isEmpty();
  }

  // S07
  @Test
  void the_log_says_who_asked_and_what_was_answered() {
    Sys.log(pid, 10);
    pages();
    List<SysEvent> log = Sys.log(pid);
    assertThat(log).extracting(SysEvent::kind).containsExactly(CALL, REPLY, STATE);
    assertThat(log.getFirst().content()).isEqualTo(new Notebook.Pages());
    assertThat(log.getFirst().peer()).contains(Self.pid());
    assertThat(log.get(1).peer()).contains(Self.pid());
    assertThat(log).extracting(SysEvent::label).containsOnly("notebook");
  }

  // S06, S08: also what is answered at the end, and the end of idle time
  @Test
  void the_log_tells_of_a_last_answer_and_of_a_timeout() throws InterruptedException {
    var servers = GenServer.of(PuppetServer::new);
    ServerRef<PuppetServer> puppet = (direct ? servers.direct() : servers).start();
    List<SysEvent> events = Collections.synchronizedList(new ArrayList<>());
    var timedOut = new CountDownLatch(1);
    Sys.install(
        puppet.pid(),
        "events",
        events,
        (all, event) -> {
          all.add(event);
          if (event.kind() == INFO) {
            timedOut.countDown();
          }
          return Optional.of(all);
        });
    var stop =
        PuppetServer.<String>ask(
            "stop", (ask, from, heard) -> ask.replyAndStop("bye", ExitReason.NORMAL, heard));
    var idle =
        PuppetServer.<String>ask(
            "idle", (ask, from, heard) -> ask.reply("", heard).withTimeout(Duration.ZERO));
    puppet.call(idle);
    timedOut.await(); // else the next call may come before the idle time has begun
    puppet.call(stop);
    assertThat(events)
        .extracting(SysEvent::kind, SysEvent::content)
        .contains(tuple(INFO, new Timeout()))
        .endsWith(tuple(CALL, stop), tuple(REPLY, "bye"));
  }

  // S07
  @Test
  void a_log_of_less_than_nothing_is_refused() {
    assertThatThrownBy(() -> Sys.log(pid, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  // S08
  @Test
  void a_trace_is_a_line_an_event() {
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Sys.trace(pid, lines::add);
    note("a");
    server.send("b");
    pages();
    Sys.noTrace(pid);
    note("unseen");
    pages();
    assertThat(lines)
        .containsExactly(
            "*DBG* notebook got cast Note[text=a]",
            "*DBG* notebook new state [a]",
            "*DBG* notebook got b",
            "*DBG* notebook new state [a, info b]",
            "*DBG* notebook got call Pages[] from " + Self.pid(),
            "*DBG* notebook sent [a, info b] to " + Self.pid(),
            "*DBG* notebook new state [a, info b]");
  }

  // S09
  @Test
  void a_log_to_a_file_is_appended_in_utf_8(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("server.log");
    Files.writeString(file, "first\n");
    Sys.logToFile(pid, file);
    note("Größe");
    Sys.noLogToFile(pid);
    note("unseen");
    pages();
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "first",
            "*DBG* notebook got cast Note[text=Größe]",
            "*DBG* notebook new state [Größe]");
  }

  // S09
  @Test
  void a_file_that_cannot_be_written_is_refused_and_harms_nothing(@TempDir Path folder) {
    assertThatThrownBy(() -> Sys.logToFile(pid, folder.resolve("missing").resolve("server.log")))
        .isInstanceOf(UncheckedIOException.class);
    note("a");
    assertThat(pages()).containsExactly("a");
  }

  // S10
  @Test
  void a_handler_is_told_each_event_and_keeps_a_state() {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    Sys.<Integer>install(
        pid,
        "counter",
        0,
        (count, event) -> {
          told.add(count + " " + event.kind());
          return Optional.of(count + 1);
        });
    note("a");
    server.send("b");
    pages();
    Sys.getState(pid); // the last event comes after the answer
    assertThat(told)
        .containsExactly(
            "0 " + CAST,
            "1 " + STATE,
            "2 " + INFO,
            "3 " + STATE,
            "4 " + CALL,
            "5 " + REPLY,
            "6 " + STATE);
  }

  // S10
  @Test
  void a_handler_that_is_done_or_throws_is_removed() {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    Sys.<Integer>install(
        pid,
        "done",
        0,
        (count, event) -> {
          told.add("done");
          return Optional.empty();
        });
    Sys.<Integer>install(
        pid,
        "fails",
        0,
        (count, event) -> {
          told.add("fails");
          throw new IllegalStateException("a bad handler");
        });
    note("a");
    note("b");
    assertThat(pages()).containsExactly("a", "b");
    assertThat(told).containsExactly("done", "fails");
  }

  // S10
  @Test
  void a_handler_installed_twice_counts_once_and_can_be_removed() {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    install("same", "first", told);
    install("same", "second", told);
    note("a");
    Sys.remove(pid, "same");
    note("b");
    pages();
    assertThat(told).containsExactly("first " + CAST, "first " + STATE);
  }

  private void install(Object id, String name, List<String> told) {
    Sys.<Integer>install(
        pid,
        id,
        0,
        (count, event) -> {
          told.add(name + " " + event.kind());
          return Optional.of(count);
        });
  }

  // S11
  @Test
  void no_debug_ends_all_of_it(@TempDir Path folder) throws IOException {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    Path file = folder.resolve("server.log");
    Sys.statistics(pid, true);
    Sys.log(pid, 10);
    Sys.trace(pid, told::add);
    Sys.logToFile(pid, file);
    install("handler", "handler", told);
    Sys.noDebug(pid);
    note("a");
    assertThat(pages()).containsExactly("a");
    assertThat(told).isEmpty();
    assertThat(Files.readString(file)).isEmpty();
    assertThat(Sys.statistics(pid)).isEmpty();
    assertThat(Sys.log(pid)).isEmpty();
  }
}
