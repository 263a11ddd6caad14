package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.ExitReason;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StatusReport;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server shows of itself: its own word on it, formatStatus, and what if that fails. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class StatusReportTest {
  private static final String SECRET = "the secret";

  @Parameter Kind kind;

  private final IllegalStateException thrown = new IllegalStateException("broken");

  private final PuppetServer.Ask<String> crash =
      PuppetServer.ask(
          "crash with " + SECRET,
          (ask, from, heard) -> {
            throw thrown;
          });

  private ServerRef<PuppetServer> formatting(UnaryOperator<StatusReport> format) {
    ServerRef<PuppetServer> server = kind.of(() -> new PuppetServer().onFormat(format)).start();
    server.call(PuppetServer.question(SECRET));
    return server;
  }

  private CrashReport crash(ServerRef<PuppetServer> server) {
    try (var reports = new Reports()) {
      assertThatThrownBy(() -> server.call(crash))
          .isInstanceOfSatisfying(
              CallException.Exited.class,
              e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(thrown)));
      assertThat(reports.crashesOf(server.pid())).hasSize(1);
      return reports.crashesOf(server.pid()).getFirst();
    }
  }

  private static Object shown(ServerRef<PuppetServer> server) {
    return Sys.status(server.pid(), Downs.LONG).state().orElseThrow();
  }

  @Nested
  class Unless_told_otherwise {

    // G74
    @Test
    void all_is_shown() {
      ServerRef<PuppetServer> server = formatting(report -> report);
      assertThat(shown(server)).isEqualTo(List.of(SECRET));
      CrashReport report = crash(server);
      assertThat(report.state()).contains(List.of(SECRET));
      assertThat(report.message()).contains(crash);
    }
  }

  @Nested
  class What_formatStatus_makes_of_it {

    // G74
    @Test
    void is_shown_as_the_status() {
      var seen = new AtomicReference<StatusReport>();
      ServerRef<PuppetServer> server =
          formatting(
              report -> {
                seen.set(report);
                return report.state("one secret");
              });
      assertThat(shown(server)).isEqualTo("one secret");
      assertThat(seen)
          .hasValue(new StatusReport(List.of(SECRET), Optional.empty(), Optional.empty()));
      assertThat(server.call(PuppetServer.heard())).containsExactly(SECRET); // which is but shown
    }

    // G74
    @Test
    void is_in_the_crash_report() {
      var seen = new AtomicReference<StatusReport>();
      ServerRef<PuppetServer> server =
          formatting(
              report -> {
                seen.set(report);
                return report.state("one secret").message("a question");
              });
      CrashReport report = crash(server);
      assertThat(seen)
          .hasValue(
              new StatusReport(
                  List.of(SECRET), Optional.of(crash), Optional.of(new ExitReason.Crash(thrown))));
      assertThat(report.state()).contains("one secret");
      assertThat(report.message()).contains("a question");
      assertThat(report.text()).doesNotContain(SECRET);
    }

    // G74: the reason may tell secrets, too
    @Test
    void may_hide_the_reason_in_the_crash_report() {
      var vague = ExitReason.of("something");
      ServerRef<PuppetServer> server =
          formatting(
              report ->
                  new StatusReport(
                      report.state(), report.message(), report.reason().map(r -> vague)));
      assertThat(crash(server).reason()).isEqualTo(vague); // its caller got the real one
    }
  }

  @Nested
  class A_formatStatus_that_fails {

    // G74
    @Test
    void shows_a_text_in_place_of_the_state_and_breaks_nothing_else() {
      List<UnaryOperator<StatusReport>> failing =
          List.of(
              report -> {
                throw new IllegalStateException("no status of " + report.getClass());
              },
              report -> {
                throw new AssertionError("no status");
              },
              report -> endless(report),
              report -> null);
      for (UnaryOperator<StatusReport> format : failing) {
        ServerRef<PuppetServer> server = formatting(format);
        assertThat(shown(server).toString())
            .contains("PuppetServer.formatStatus")
            .doesNotContain(SECRET);
        assertThat(server.call(PuppetServer.heard())).containsExactly(SECRET);
        CrashReport report = crash(server);
        assertThat(report.state().orElseThrow().toString())
            .contains("PuppetServer.formatStatus")
            .doesNotContain(SECRET);
        assertThat(report.text()).doesNotContain(SECRET);
        assertThat(report.reason()).isEqualTo(new ExitReason.Crash(thrown));
      }
    }

    private static StatusReport endless(StatusReport report) {
      return endless(report.state(List.of(report.state()))).state("never");
    }

    // G74: leaving, in formatStatus, is a failure like others
    @Test
    void does_not_end_the_server() {
      ServerRef<PuppetServer> server =
          formatting(
              report -> {
                Self.exit(ExitReason.of("away"));
                return report;
              });
      assertThat(shown(server).toString()).contains("PuppetServer.formatStatus");
      assertThat(server.call(PuppetServer.heard())).containsExactly(SECRET);
    }
  }

  // G74: status at once does not ask the server, so it shows no state
  @Test
  void is_not_asked_for_by_a_look_from_outside() throws Exception {
    ServerRef<PuppetServer> server = formatting(report -> report.state("shown"));
    try (var held = Held.hold(server)) {
      assertThat(Sys.status(server.pid()).state()).isEmpty();
      assertThatThrownBy(() -> Sys.status(server.pid(), Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
    }
  }
}
