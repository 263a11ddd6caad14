package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What recordings of JDK Flight Recorder show of processes. */
@ExtendWith(OstlerExtension.class)
class JfrTest {
  private static final List<String> ALL =
      List.of(
          "ProcessStart",
          "ProcessEnd",
          "ProcessCrash",
          "Supervision",
          "ChildRestart",
          "CallTimeout",
          "DeadLetter",
          "LongMailbox",
          "UnexpectedMessage",
          "LongCallback",
          "Zombie");

  @TempDir private Path folder;

  private interface Action {
    void run() throws Exception;
  }

  /** What is recorded meanwhile, with these events of the library enabled. */
  private List<RecordedEvent> recorded(List<String> names, Action action) throws Exception {
    Reports.told();
    Path file = folder.resolve("recording.jfr");
    try (var recording = new Recording()) {
      names.forEach(name -> recording.enable("dev.ostler." + name));
      recording.start();
      action.run();
      Reports.told();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith("dev.ostler."))
        .toList();
  }

  private static List<String> about(Pid pid, List<RecordedEvent> all) {
    return all.stream()
        .filter(event -> event.getLong("process") == pid.id())
        .map(event -> event.getEventType().getName().substring("dev.ostler.".length()))
        .toList();
  }

  // M24
  @Test
  void of_a_crash_and_a_restart_is_all_in_order(Supervised supervised) throws Exception {
    Name<PuppetServer> name = Name.unique("recorded");
    var pids = new ArrayList<Pid>();
    List<RecordedEvent> all =
        recorded(
            ALL,
            () -> {
              Supervisor supervisor =
                  supervised.start(
                      Supervisor.of(Strategy.ONE_FOR_ONE)
                          .child(GenServer.of(PuppetServer::new).named(name)));
              pids.add(name.pid());
              pids.add(supervisor.pid());
              PuppetServer.Ask<String> crash =
                  PuppetServer.ask(
                      "crash",
                      (ask, from, heard) -> {
                        throw new IllegalStateException("broken");
                      });
              assertThatThrownBy(() -> name.call(crash)).isInstanceOf(CallException.Exited.class);
              assertThat(supervisor.count().active()).isEqualTo(1);
            });
    assertThat(about(pids.getFirst(), all))
        .containsExactly("ProcessStart", "ProcessCrash", "ProcessEnd");
    assertThat(about(pids.getLast(), all))
        .containsExactly("ProcessStart", "Supervision", "ChildRestart");
    assertThat(all)
        .filteredOn(event -> event.getEventType().getName().endsWith("ProcessCrash"))
        .singleElement()
        .satisfies(
            crash -> {
              assertThat(crash.getString("label")).isEqualTo(name.toString());
              assertThat(crash.getString("reason")).isEqualTo("java.lang.IllegalStateException");
              assertThat(crash.getString("report")).contains("last message: crash");
            });
    assertThat(all)
        .filteredOn(event -> event.getEventType().getName().endsWith("ChildRestart"))
        .singleElement()
        .satisfies(
            again -> {
              assertThat(again.getLong("before")).isEqualTo(pids.getFirst().id());
              assertThat(again.getLong("now")).isEqualTo(name.pid().id());
              assertThat(again.getInt("left")).isEqualTo(2);
            });
  }

  // M24
  @Test
  void of_calls_and_messages_are_types_and_not_contents() throws Exception {
    ServerRef<PuppetServer> server = GenServer.of(PuppetServer::new).start();
    List<RecordedEvent> all =
        recorded(
            List.of("CallTimeout", "DeadLetter"),
            () -> {
              try (var held = Held.hold(server)) {
                var question = PuppetServer.question("the password");
                assertThatThrownBy(() -> server.call(question, Duration.ZERO))
                    .isInstanceOf(CallException.Timeout.class);
                assertThat(held).isNotNull();
              }
              server.stop(ExitReason.shutdown("the password"), Downs.LONG);
              server.send("the password");
            });
    assertThat(about(server.pid(), all)).containsExactly("CallTimeout", "DeadLetter");
    assertThat(all.getFirst().getString("request")).endsWith("PuppetServer$Ask");
    assertThat(all.getLast().getString("message")).isEqualTo("java.lang.String");
    assertThat(all.toString()).doesNotContain("the password");
  }

  // M24
  @Test
  void is_nothing_unless_it_is_enabled() throws Exception {
    assertThat(recorded(List.of(), () -> Downs.of(() -> {}))).isEmpty();
    List<RecordedEvent> ends =
        recorded(
            List.of("ProcessEnd"), () -> Downs.reason(Self.monitor(Processes.spawn(() -> {}))));
    assertThat(ends)
        .isNotEmpty()
        .allMatch(event -> event.getEventType().getName().equals("dev.ostler.ProcessEnd"));
    assertThat(FlightRecorder.getFlightRecorder().getEventTypes())
        .filteredOn(type -> type.getName().startsWith("dev.ostler."))
        .hasSize(ALL.size())
        .noneMatch(EventType::isEnabled);
  }

  // M24
  @Test
  void is_missed_by_nobody_where_there_is_no_JFR() throws Exception {
    assertThat(ChildJvm.run(WithoutJfr.class, List.of())).containsExactly("true 2 true");
    assertThat(ChildJvm.run(WithoutJfr.class, List.of("--limit-modules", "java.base,java.logging")))
        .containsExactly("false 2 true");
  }
}
