package dev.ostler.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a registry of Micrometer shows agrees with what the processes did. */
@ExtendWith(OstlerExtension.class)
class OstlerMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final OstlerMetrics metrics = new OstlerMetrics(Tags.of("app", "test"));

  @BeforeEach
  void bind() {
    metrics.bindTo(registry);
  }

  @AfterEach
  void close() {
    metrics.close();
  }

  private double count(String name, String label, String... more) {
    metrics.look();
    return registry
        .get(name)
        .tags("app", "test", "label", label)
        .tags(more)
        .functionCounter()
        .count();
  }

  private double value(String name, String label, String... more) {
    metrics.look();
    return registry.get(name).tags("app", "test", "label", label).tags(more).gauge().value();
  }

  @Test
  void counts_calls_and_messages() throws Exception {
    Agent<Integer> agent = Agent.of(() -> 0).label("counted").start();
    for (int i = 0; i < 1600; i++) {
      agent.update(n -> n + 1);
    }
    var begun = new CountDownLatch(1);
    var let = new CountDownLatch(1);
    agent.cast(
        n -> {
          begun.countDown();
          awaited(let);
          return n;
        });
    begun.await();
    assertThatThrownBy(() -> agent.get(n -> n, Duration.ZERO))
        .isInstanceOf(CallException.Timeout.class);
    agent.cast(n -> n + 1);
    assertThat(value("ostler.mailbox.messages", "counted")).isEqualTo(2);
    assertThat(value("ostler.mailbox.longest", "counted")).isEqualTo(2);
    let.countDown();
    int total = agent.get(n -> n);
    assertThat(total).isEqualTo(1601);

    assertThat(count("ostler.calls", "counted")).isEqualTo(1602);
    assertThat(count("ostler.call.timeouts", "counted")).isEqualTo(1);
    assertThat(count("ostler.call.cycles", "counted")).isZero();
    assertThat(count("ostler.callbacks", "counted")).isEqualTo(1604);
    assertThat(value("ostler.mailbox.messages", "counted")).isZero();
    FunctionTimer times = registry.get("ostler.call.time").tag("label", "counted").functionTimer();
    assertThat(times.count()).isBetween(95.0, 106.0);
    assertThat(times.totalTime(TimeUnit.SECONDS)).isPositive();
    double median = value("ostler.call.time.percentile", "counted", "phi", "0.5");
    double longest = value("ostler.call.time.percentile", "counted", "phi", "1");
    assertThat(median).isPositive().isLessThanOrEqualTo(longest);
    assertThat(value("ostler.call.wait.percentile", "counted", "phi", "0.99")).isPositive();
    agent.stop();
    agent.cast(n -> n);
    assertThat(count("ostler.dead.letters", "counted")).isEqualTo(1);
    assertThatThrownBy(() -> agent.get(n -> n)).isInstanceOf(CallException.NoProcess.class);
    assertThat(count("ostler.call.unanswered", "counted")).isEqualTo(1);
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void counts_lives(Supervised supervised) {
    for (int i = 0; i < 3; i++) {
      var process = Processes.spawn("short", () -> Self.exit(ExitReason.SHUTDOWN));
      var down = Self.monitor(process);
      Self.receive(Down.class, each -> each.ref().equals(down), Duration.ofMinutes(1));
    }
    assertThat(count("ostler.process.starts", "short")).isEqualTo(3);
    assertThat(count("ostler.process.exits", "short", "reason", "shutdown")).isEqualTo(3);
    assertThat(count("ostler.process.exits", "short", "reason", "crash")).isZero();
    assertThat(value("ostler.processes", "short")).isZero();

    Name<Agent<Integer>> name = Name.unique("child");
    Supervisor supervisor =
        supervised.start(
            Supervisor.of(Strategy.ONE_FOR_ONE)
                .label("boss")
                .intensity(1, Duration.ofDays(1))
                .child(Agent.of(() -> 0).label("child").named(name)));
    name.pid().exit(ExitReason.KILL);
    assertThat(supervisor.count().active()).isEqualTo(1);
    assertThat(value("ostler.processes", "child")).isEqualTo(1);
    assertThat(count("ostler.process.restarts", "child")).isEqualTo(1);
    assertThat(count("ostler.process.exits", "child", "reason", "killed")).isEqualTo(1);
    var boss = Self.monitor(supervisor.pid());
    name.pid().exit(ExitReason.KILL);
    Self.receive(Down.class, each -> each.ref().equals(boss), Duration.ofMinutes(1));
    assertThat(count("ostler.supervisor.surrenders", "boss")).isEqualTo(1);
  }

  @Test
  void shows_the_load_of_the_scheduler() {
    assertThat(registry.get("ostler.scheduler.workers").tag("app", "test").gauge().value())
        .isNotNegative();
    assertThat(registry.get("ostler.scheduler.awake").gauge().value()).isNotNegative();
    assertThat(registry.get("ostler.scheduler.queued").gauge().value()).isNotNegative();
  }

  @Test
  void forgets_in_percentiles_what_was_before_the_window() {
    var brief = new SimpleMeterRegistry();
    try (var metrics = new OstlerMetrics(Tags.empty(), Duration.ofDays(1), Duration.ZERO)) {
      metrics.bindTo(brief);
      Agent<Integer> agent = Agent.of(() -> 0).label("windowed").start();
      for (int i = 0; i < 100; i++) { // one in sixteen is timed
        agent.update(n -> n + 1);
      }
      metrics.look();
      assertThat(longest(brief)).isPositive();
      metrics.look(); // each look begins another window
      metrics.look();
      assertThat(longest(brief)).isZero();
      assertThat(brief.get("ostler.call.time").tag("label", "windowed").functionTimer().count())
          .isBetween(4.0, 8.0);
    }
  }

  private static double longest(SimpleMeterRegistry registry) {
    return registry
        .get("ostler.call.time.percentile")
        .tags("label", "windowed", "phi", "1")
        .gauge()
        .value();
  }

  @Test
  void leaves_no_meter_behind() {
    Agent.of(() -> 0).label("left").start().stop();
    metrics.look();
    assertThat(registry.getMeters()).hasSizeGreaterThan(20);
    metrics.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  /**
   * A type of meters with another set of tags is what registries like that of Prometheus refuse.
   */
  @Test
  void gives_all_meters_of_a_name_the_same_tags() {
    Agent.of(() -> 0).label("one").start().stop();
    metrics.look();
    assertThat(registry.getMeters())
        .allSatisfy(
            meter -> {
              Meter.Id id = meter.getId();
              assertThat(registry.find(id.getName()).meters())
                  .allMatch(
                      other ->
                          other.getId().getTags().stream()
                              .map(t -> t.getKey())
                              .toList()
                              .equals(id.getTags().stream().map(t -> t.getKey()).toList()));
              assertThat(id.getDescription()).isNotBlank();
            });
  }
}
