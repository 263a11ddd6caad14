package dev.ostler.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.micrometer.OstlerMetrics;
import dev.ostler.spring.boot.Diary.Writer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

class SupervisedBeansTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(OstlerAutoConfiguration.class));

  static class TwoServers {
    @Bean
    Diary diary() {
      return new Diary();
    }

    @Bean
    @Order(2)
    Child<?> second(Diary diary) {
      return diary.server("second");
    }

    @Bean
    @Order(1)
    Child<?> first(Diary diary) {
      return diary.server("first");
    }

    @Bean
    SmartLifecycle webServer(Diary diary) {
      return diary.webServer();
    }
  }

  @Test
  void start_in_their_order_before_the_web_server_and_stop_backwards() {
    var diary = new CompletableFuture<Diary>();

    runner
        .withUserConfiguration(TwoServers.class)
        .run(context -> diary.complete(context.getBean(Diary.class)));

    assertThat(diary.join().lines())
        .containsExactly(
            "first starts",
            "second starts",
            "web server starts",
            "web server stops",
            "second stops",
            "first stops");
  }

  @Test
  void start_again_with_their_context() {
    runner
        .withUserConfiguration(TwoServers.class)
        .run(
            context -> {
              context.getSourceApplicationContext().stop();
              assertThat(context.getBean(SupervisedBeans.class).isRunning()).isFalse();

              context.getSourceApplicationContext().start();
              assertThat(context.getBean(SupervisedBeans.class).supervisor().count().active())
                  .isEqualTo(2);
            });
  }

  /** The last of three. */
  static class OneThatFails {
    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    Child<?> third() {
      return ChildSpec.of(
          "third",
          () -> {
            throw StartException.failed("third", ExitReason.of("no room"));
          });
    }
  }

  static class Tree {
    @Bean
    Name<Writer> writer() {
      return Name.unique("writer");
    }

    @Bean
    Name<Supervisor> top() {
      return Name.unique("top");
    }

    @Bean
    Supervisor.Spec tree(Name<Supervisor> top, Name<Writer> writer) {
      return Supervisor.of(Strategy.ONE_FOR_ONE)
          .named(top)
          .intensity(1, Duration.ofDays(1))
          .child(new Diary().server(writer, "writer"));
    }

    @Bean
    User user(ServerRef<Writer> writer) {
      return new User(writer);
    }
  }

  record User(ServerRef<Writer> writer) {
    void crash() {
      assertThatThrownBy(() -> writer.call(new Writer.Crash()))
          .isInstanceOf(CallException.Exited.class);
    }
  }

  @Test
  void are_reached_by_references_of_their_type() {
    runner
        .withUserConfiguration(Tree.class)
        .run(
            context -> {
              Pid writer = context.getBean(User.class).writer().pid();
              assertThat(Processes.server(writer, Writer.class).pid()).isSameAs(writer);
            });
  }

  @Test
  void that_do_not_start_fail_the_context_and_stop_those_before() {
    var diary = new Diary();
    runner
        .withUserConfiguration(OneThatFails.class)
        .withBean("first", Child.class, () -> diary.server("first"))
        .withBean("second", Child.class, () -> diary.server("second"))
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("no room")
                  .hasStackTraceContaining("third");
            });

    assertThat(diary.lines())
        .containsExactly("first starts", "second starts", "second stops", "first stops");
  }

  // --- Health and liveness ---

  @Test
  void show_their_restarts_in_the_health() {
    runner
        .withUserConfiguration(Tree.class)
        .run(
            context -> {
              assertThat(health(context).getStatus()).isEqualTo(Status.UP);
              assertThat(health(context).getDetails()).isEqualTo(tree(0));

              context.getBean(User.class).crash();
              Supervisor.at(top(context)).children(); // answered after the restart

              assertThat(health(context).getStatus()).isEqualTo(Status.UP);
              assertThat(health(context).getDetails()).isEqualTo(tree(1));
            });
  }

  private static Map<String, Object> tree(int restarts) {
    return Map.of("tree", Map.of("running", true, "restarts", restarts));
  }

  @SuppressWarnings("unchecked")
  private static Name<Supervisor> top(ApplicationContext context) {
    return (Name<Supervisor>) context.getBean("top");
  }

  private static Health health(ApplicationContext context) {
    return context.getBean(HealthIndicator.class).health();
  }

  static class OneThatIsGone {
    @Bean
    Child<?> permanent() {
      return Processes.of(Self::receive);
    }

    @Bean
    Child<?> transientOne() {
      return Processes.of(Self::receive).restart(Restart.TRANSIENT);
    }
  }

  @Test
  void that_need_not_run_do_not_spoil_the_health() {
    runner
        .withUserConfiguration(OneThatIsGone.class)
        .run(
            context -> {
              var supervisor = context.getBean(SupervisedBeans.class).supervisor();

              supervisor.terminateChild("transientOne");
              assertThat(health(context).getStatus()).isEqualTo(Status.UP);

              supervisor.terminateChild("permanent");
              assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            });
  }

  static class Listener {
    final CompletableFuture<LivenessState> liveness = new CompletableFuture<>();

    @EventListener
    void changed(AvailabilityChangeEvent<LivenessState> event) {
      liveness.complete(event.getState());
    }
  }

  @Test
  void whose_supervisor_gives_up_break_the_liveness_and_are_down() {
    runner
        .withUserConfiguration(Tree.class)
        .withBean(Listener.class)
        .run(
            context -> {
              context.getBean(SupervisedBeans.class).supervisor().pid().exit(ExitReason.KILL);

              assertThat(context.getBean(Listener.class).liveness.join())
                  .isEqualTo(LivenessState.BROKEN);
              assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
              assertThat(health(context).getDetails()).containsOnlyKeys("supervisor");
            });
  }

  @Test
  void that_are_stopped_on_purpose_break_nothing() {
    runner
        .withUserConfiguration(Tree.class)
        .withBean(Listener.class)
        .run(
            context -> {
              context.getSourceApplicationContext().stop();

              assertThat(context.getBean(SupervisedBeans.class).ended()).isEmpty();
              assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            });
  }

  @Test
  void need_no_actuator() {
    runner
        .withUserConfiguration(Tree.class)
        .withClassLoader(new FilteredClassLoader(HealthIndicator.class, MeterRegistry.class))
        .run(
            context -> {
              assertThat(context).doesNotHaveBean("ostlerHealthIndicator");
              assertThat(context.getBean(User.class).writer().whereis()).isPresent();
            });
  }

  // --- Metrics ---

  @Test
  void are_measured_for_the_registry_of_meters() {
    runner
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(context -> assertThat(context).hasSingleBean(OstlerMetrics.class));
  }

  @Test
  void are_not_measured_if_that_is_not_wanted() {
    runner
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withPropertyValues("ostler.metrics.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(OstlerMetrics.class));
  }
}
