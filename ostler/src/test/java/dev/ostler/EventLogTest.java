package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is written of events, and how many of them. */
class EventLogTest {
  private static final long LONG = Duration.ofSeconds(60).toNanos();

  /** Remembers the lines. */
  private static final class Lines implements System.Logger {
    private final List<String> written = new CopyOnWriteArrayList<>();

    @Override
    public String getName() {
      return "lines";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      written.add(level + " " + message);
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
      written.add(level + " " + format);
    }
  }

  private final Lines lines = new Lines();
  private Attached attached;
  private ManualClock clock;
  private EventLog log;

  @BeforeEach
  void begin() {
    attached = Processes.attach();
    clock = ManualClock.install();
    log = new EventLog(lines, ((Proc) Self.pid()).clock());
  }

  @AfterEach
  void end() throws InterruptedException {
    assertThat(log.end(LONG)).isTrue();
    attached.close();
  }

  private List<String> written() {
    assertThat(log.queue().flush(LONG)).isTrue();
    List<String> all = List.copyOf(lines.written);
    lines.written.clear();
    return all;
  }

  private void unexpected(int times) {
    for (int i = 0; i < times; i++) {
      log.tell(new Event.Unexpected(Processes.NOBODY, "server", i));
    }
  }

  private static SupervisorReport report(SupervisorReport.Kind kind) {
    return new SupervisorReport(
        Processes.NOBODY, "boss", kind, "child", Optional.empty(), ExitReason.SHUTDOWN);
  }

  // M23
  @Test
  void so_many_within_a_second_and_the_number_of_the_others_at_its_end() {
    unexpected(LogLimit.MOST);
    assertThat(written()).hasSize(LogLimit.MOST);
    unexpected(17);
    assertThat(written()).isEmpty();
    clock.advance(Duration.ofMillis(999));
    assertThat(written()).isEmpty();
    clock.advance(Duration.ofMillis(1));
    assertThat(written())
        .containsExactly(
            "WARNING 17 events were left out of the log: more than 500 came within a second");
    unexpected(1);
    assertThat(written()).hasSize(1);
    clock.advance(Duration.ofHours(1));
    assertThat(written()).isEmpty();
  }

  // M23
  @Test
  void that_a_supervisor_gives_up_whatever_else_there_is() {
    unexpected(LogLimit.MOST + 1);
    written();
    log.tell(report(SupervisorReport.Kind.CHILD_ENDED));
    log.tell(report(SupervisorReport.Kind.GAVE_UP));
    assertThat(written()).singleElement().asString().contains("gave up");
  }

  @Test
  void what_was_left_out_before_the_end() throws InterruptedException {
    unexpected(LogLimit.MOST + 3);
    assertThat(log.end(LONG)).isTrue();
    assertThat(lines.written).hasSize(LogLimit.MOST + 1).last().asString().contains("3 events");
  }

  @Test
  void a_restart_in_a_line() {
    log.tell(
        new Event.Restarted(
            Processes.NOBODY,
            "boss",
            "child",
            Processes.NOBODY,
            Processes.OUTSIDE,
            Duration.ofMillis(12),
            2,
            Duration.ofSeconds(5)));
    assertThat(written())
        .containsExactly(
            "INFO "
                + Processes.NOBODY
                + " (boss): its child child "
                + Processes.NOBODY
                + " was started again as "
                + Processes.OUTSIDE
                + " after 12 ms; 2 more restarts are tolerated within 5 s");
  }

  @Test
  void nothing_of_what_happens_all_the_time() {
    Pid pid = Processes.NOBODY;
    log.tell(new Event.Started(pid, "process", Optional.empty()));
    log.tell(new Event.Ended(pid, "process", ExitReason.NORMAL));
    log.tell(new Event.DeadLetter(pid, "process", "secret", Event.DeadLetter.Why.FULL));
    assertThat(written()).isEmpty();
  }
}
