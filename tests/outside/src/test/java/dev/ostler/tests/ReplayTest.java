package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.GenServer;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The test that a crash report has, if the server's log was on. */
@ExtendWith(OstlerExtension.class)
class ReplayTest {
  private final Reports reports = new Reports();

  @AfterEach
  void close() {
    reports.close();
  }

  private static Ledger.Entry entry(String who, long cents) {
    return new Ledger.Entry(
        who,
        cents,
        Ledger.Currency.EUR,
        Optional.of(Duration.ofDays(30)),
        Map.of("it's \"quoted\"\n\\u", List.of(1, 2)));
  }

  private CrashReport crashed(ServerRef<Ledger> ledger) {
    assertThatThrownBy(() -> ledger.call(new Ledger.Mean()))
        .isInstanceOf(CallException.Exited.class)
        .hasRootCauseInstanceOf(ArithmeticException.class);
    return reports.crashesOf(ledger.pid()).getFirst();
  }

  // G75
  @Test
  void sends_the_last_messages_after_the_state_before_them() {
    ServerRef<Ledger> ledger = GenServer.of(Ledger::new).start();
    ledger.cast(entry("first", 7));
    Sys.log(ledger.pid(), 3);
    ledger.cast(entry("forgotten", 8));
    ledger.cast(entry("zoë", 100));
    ledger.send("clear");

    CrashReport report = crashed(ledger);
    assertThat(report.replay())
        .isEqualTo(
            """
            @org.junit.jupiter.api.Test
            void a_Ledger_survives_what_it_got() {
              var server = dev.ostler.GenServer.of(() -> new dev.ostler.tests.Ledger()).start(); // or as your program starts it
              dev.ostler.Sys.<Object>replaceState(server.pid(), _ -> java.util.List.of(7L, 8L));
              server.cast(new dev.ostler.tests.Ledger.Entry("zo\\u00eb", 100L, dev.ostler.tests.Ledger.Currency.EUR, java.util.Optional.of(java.time.Duration.parse("PT720H")), java.util.Map.ofEntries(java.util.Map.entry("it's \\"quoted\\"\\n\\\\u", java.util.List.of(1, 2)))));
              // state: java.util.List.of(7L, 8L, 100L)
              server.send("clear");
              // state: java.util.List.of()
              server.call(new dev.ostler.tests.Ledger.Mean());
              dev.ostler.Sys.getState(server.pid()); // throws if it has ended
            }""");
    assertThat(report.text()).contains("server.call(new dev.ostler.tests.Ledger.Mean());");
  }

  // G75: it is a test, and fails as the server did
  @Test
  void compiles_and_fails_as_the_server_did(@TempDir Path folder) throws Exception {
    ServerRef<Ledger> ledger = GenServer.of(Ledger::new).start();
    Sys.log(ledger.pid(), 10);
    ledger.cast(entry("one", 7));
    ledger.send("clear");
    String test = crashed(ledger).replay();

    Path file = folder.resolve("Replayed.java");
    Files.writeString(file, "public class Replayed {\npublic " + body(test) + "\n}\n");
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path")
                    + System.getProperty("path.separator")
                    + System.getProperty("jdk.module.path", ""),
                file.toString());
    assertThat(status).as("compiled: %s", test).isZero();
    try (var loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      Class<?> replayed = loader.loadClass("Replayed");
      Object made = replayed.getConstructor().newInstance();
      Throwable thrown =
          catchThrowable(() -> replayed.getMethod("a_Ledger_survives_what_it_got").invoke(made));
      assertThat(thrown).isInstanceOf(InvocationTargetException.class);
      assertThat(thrown.getCause())
          .isInstanceOf(CallException.Exited.class)
          .hasRootCauseInstanceOf(ArithmeticException.class);
    }
  }

  private static String body(String test) {
    return test.replace("@org.junit.jupiter.api.Test\n", "");
  }

  // G75
  @Test
  void shows_what_formatStatus_shows_and_values_without_an_expression_in_comments() {
    ServerRef<PuppetServer> server =
        GenServer.of(
                () ->
                    new PuppetServer()
                        .onFormat(
                            status ->
                                status
                                    .state("hidden")
                                    .message(
                                        status.message().orElse("").equals("the password")
                                            ? "hidden"
                                            : status.message().orElse("none"))))
            .start();
    Sys.log(server.pid(), 10);
    server.send("the password");
    var crash =
        PuppetServer.<String>ask(
            "ends a comment */ with \\u002a/",
            (ask, from, heard) -> {
              throw new IllegalStateException("broken");
            });
    assertThatThrownBy(() -> server.call(crash)).isInstanceOf(CallException.Exited.class);
    assertThat(reports.crashesOf(server.pid()).getFirst().replay())
        .contains("replaceState(server.pid(), _ -> \"hidden\")")
        .contains("server.send(\"hidden\");")
        .contains("server.call(/* ends a comment * / with \\\\u002a/ */ null);")
        .doesNotContain("password");
  }

  // G75
  @Test
  void is_none_unless_the_log_is_on() {
    ServerRef<Ledger> ledger = GenServer.of(Ledger::new).start();
    assertThat(crashed(ledger).replay()).isEmpty();
    ServerRef<Ledger> logged = GenServer.of(Ledger::new).start();
    Sys.log(logged.pid(), 10);
    Sys.log(logged.pid(), 0);
    assertThat(crashed(logged).replay()).isEmpty();
  }
}
