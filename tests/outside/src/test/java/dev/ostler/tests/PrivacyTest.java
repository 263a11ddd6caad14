package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.CrashReport;
import dev.ostler.Event;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StatusReport;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An exception shows its caller nothing of what others asked of the same server. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class PrivacyTest {
  private static final String SECRET = "the password";
  private static final Duration LONG = Duration.ofMinutes(1);

  @Parameter Kind kind;

  /** A request, cast or continuation with a secret. */
  private record Login(String password) implements Call<Modest, String>, Cast<Modest> {}

  /** Asks for a continuation with a secret. */
  private record Defer(Login login) implements Cast<Modest> {}

  /** Implements no callback that it can do without, and hides what it was told. */
  private static class Modest implements GenServer<Object, Call<Modest, ?>, Cast<Modest>> {
    @Override
    public Init<Object> init() {
      return Init.ok("idle");
    }

    @Override
    public StatusReport formatStatus(StatusReport status) {
      return status.message("hidden");
    }
  }

  /** Implements casts only, to continue. */
  private static final class Continuing extends Modest {
    @Override
    public Next<Object> handleCast(Cast<Modest> message, Object state) {
      return Next.noReply(state).thenContinue(((Defer) message).login());
    }
  }

  /** All that a program may print of it. */
  private static String printed(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Nested
  class The_timeout_of_a_call {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private ServerRef<PuppetServer> server;

    @BeforeEach
    void start() {
      server = kind.start();
    }

    @Test
    void hides_the_request_that_the_server_handles() throws Exception {
      PuppetServer.Ask<Boolean> busy = PuppetServer.compute(SECRET, this::work);
      Processes.spawn("stranger", () -> server.call(busy, LONG));
      assertTimeoutShows("PuppetServer$Ask");
    }

    @Test
    void hides_the_cast_that_the_server_handles() throws Exception {
      var tell = PuppetServer.tell(SECRET, this::workAndHear);
      Processes.spawn("stranger", () -> server.cast(tell));
      assertTimeoutShows("a message");
    }

    @Test
    void hides_the_message_that_the_server_handles() throws Exception {
      Processes.spawn("stranger", () -> server.send(new SecretStep(this::workAndHear)));
      assertTimeoutShows("a message");
    }

    @Test
    void hides_the_continuation_that_the_server_handles() throws Exception {
      var first =
          PuppetServer.tell(
              "first",
              heard -> Next.noReply(heard).thenContinue(new SecretStep(this::workAndHear)));
      Processes.spawn("stranger", () -> server.cast(first));
      assertTimeoutShows("it is handling");
    }

    @Test
    void hides_what_waits_in_the_mailbox() throws Exception {
      try (var held = Held.hold(server)) {
        var question = PuppetServer.question(SECRET);
        Processes.spawn("stranger", () -> server.call(question, LONG));
        server.cast(PuppetServer.note(SECRET));
        server.send(SECRET);
        held.awaitQueued(3);
        assertThat(timeout()).contains("4 messages wait");
      }
    }

    @Test
    void hides_a_request_whose_answer_is_put_off() throws Exception {
      var putOff =
          PuppetServer.<String>ask(
              SECRET,
              (ask, from, heard) -> {
                ask.from(from);
                begun.countDown();
                return Next.noReply(heard);
              });
      Processes.spawn("stranger", () -> server.call(putOff, LONG));
      begun.await();
      Sys.suspend(server.pid());
      assertThat(timeout()).contains("suspended");
    }

    private boolean work() throws InterruptedException {
      begun.countDown();
      goOn.await();
      return true;
    }

    private Next<List<Object>> workAndHear(List<Object> heard) throws InterruptedException {
      work();
      return Next.noReply(heard);
    }

    private void assertTimeoutShows(String activity) throws InterruptedException {
      begun.await();
      try {
        assertThat(timeout()).contains(activity);
      } finally {
        goOn.countDown();
      }
    }

    private String timeout() {
      var question = PuppetServer.question("well?");
      var e =
          catchThrowableOfType(
              CallException.Timeout.class, () -> server.call(question, Duration.ZERO));
      assertThat(printed(e)).contains("well?").doesNotContain(SECRET);
      return e.getMessage();
    }
  }

  /** A message, or a continuation, with a secret text. */
  private record SecretStep(PuppetServer.Step step) implements PuppetServer.Step {
    @Override
    public Next<List<Object>> next(List<Object> heard) throws Exception {
      return step.next(heard);
    }

    @Override
    public String toString() {
      return SECRET;
    }
  }

  @Nested
  class A_refused_cycle {
    @Test
    void hides_the_requests_of_the_other_processes() {
      ServerRef<PuppetServer> server = kind.start();
      ServerRef<PuppetServer> other = kind.start();
      var back = PuppetServer.question("back");
      var question =
          PuppetServer.compute(
              SECRET,
              () -> catchThrowableOfType(CallException.Cycle.class, () -> server.call(back)));
      var e = server.call(PuppetServer.compute("outer", () -> other.call(question)));
      assertThat(printed(e)).contains("cycle").doesNotContain(SECRET);
    }
  }

  @Nested
  class An_unexpected_message {

    // M23
    @Test
    void is_told_as_the_server_shows_it() {
      ServerRef<Modest> modest = kind.of(GenServer.<Modest>of(Modest::new)).start();
      var written = new StringBuffer();
      var log = new Lines(written);
      Logger.getLogger("dev.ostler").addHandler(log);
      try (var reports = new Reports()) {
        modest.send(SECRET);
        assertThat(Sys.getState(modest.pid())).isEqualTo("idle");
        assertThat(reports.about(modest.pid()))
            .containsExactly(new Event.Unexpected(modest.pid(), "Modest", "hidden"));
        assertThat(written.toString())
            .contains(modest.pid() + " (Modest) got an unexpected message: hidden")
            .doesNotContain(SECRET);
      } finally {
        Logger.getLogger("dev.ostler").removeHandler(log);
      }
    }
  }

  /** Keeps the lines of the log. */
  private static final class Lines extends Handler {
    private final StringBuffer written;

    Lines(StringBuffer written) {
      this.written = written;
    }

    @Override
    public void publish(LogRecord line) {
      written.append(line.getMessage()).append('\n');
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Nested
  class A_server_that_does_not_implement {

    @Test
    void a_call_tells_others_only_its_type() {
      ServerRef<Modest> server = start(new Modest());
      assertCrashHidesSecret(server, () -> Processes.spawn("stranger", () -> call(server)));
    }

    @Test
    void a_cast_tells_others_only_its_type() {
      ServerRef<Modest> server = start(new Modest());
      assertCrashHidesSecret(server, () -> server.cast(new Login(SECRET)));
    }

    @Test
    void a_continuation_tells_others_only_its_type() {
      ServerRef<Modest> server = start(new Continuing());
      assertCrashHidesSecret(server, () -> server.cast(new Defer(new Login(SECRET))));
    }

    private ServerRef<Modest> start(Modest callbacks) {
      return kind.of(GenServer.<Modest>of(() -> callbacks)).start();
    }

    private static void call(ServerRef<Modest> server) {
      var _ = catchThrowableOfType(CallException.Exited.class, () -> server.call(login()));
    }

    private static Login login() {
      return new Login(SECRET);
    }

    /** To who waits for another answer of the server, to who watches it, and to the log. */
    private void assertCrashHidesSecret(ServerRef<Modest> server, Runnable crash) {
      try (var reports = new Reports()) {
        Sys.suspend(server.pid());
        var monitor = Self.monitor(server.pid());
        crash.run();
        Sys.resume(server.pid());
        var reason = Downs.reason(monitor);
        assertThat(reason.toString()).contains("does not implement", Login.class.getName());
        assertThat(reason.toString()).doesNotContain(SECRET);
        assertThat(reports.crashesOf(server.pid()))
            .singleElement()
            .satisfies(report -> assertHides(report));
      }
    }

    private static void assertHides(CrashReport report) {
      assertThat(report.message()).isEqualTo(Optional.of("hidden"));
      assertThat(((Event) report).toString()).doesNotContain(SECRET);
    }
  }

  @Nested
  class The_end_of_a_server {

    @Test
    void hides_the_request_that_it_ended_over_from_others_who_wait() throws Exception {
      ServerRef<PuppetServer> server = kind.start();
      try (var held = Held.hold(server, PrivacyTest::failing)) {
        Puppet other = Puppet.start();
        var question = PuppetServer.question("well?");
        var asked = new CountDownLatch(1);
        var outcome = new CompletableFuture<Throwable>();
        other.order(
            () -> {
              asked.countDown();
              outcome.complete(
                  catchThrowableOfType(
                      CallException.Exited.class, () -> server.call(question, LONG)));
            });
        asked.await();
        held.awaitQueued(1);
        held.letGo();
        assertThat(printed(outcome.get())).contains("well?", "a failure").doesNotContain(" hold");
      }
    }
  }

  private static Next<List<Object>> failing(
      PuppetServer.Ask<String> ask, From<?> from, List<Object> heard) {
    throw new IllegalStateException("a failure");
  }
}
