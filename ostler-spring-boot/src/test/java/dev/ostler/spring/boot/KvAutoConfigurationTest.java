package dev.ostler.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Limits;
import dev.ostler.kv.Sync;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.unit.DataSize;

class KvAutoConfigurationTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(OstlerAutoConfiguration.class, KvAutoConfiguration.class));

  private final ApplicationContextRunner inMemory =
      runner.withPropertyValues("ostler.kv.in-memory=true");

  @Test
  void opens_a_store_and_closes_it_with_the_context() {
    var opened = new CompletableFuture<Kv>();
    inMemory.run(
        context -> {
          Kv kv = context.getBean(Kv.class);
          kv.create("shopping").put("milk", "1");
          opened.complete(kv);
        });

    Kv closed = opened.join();
    assertThatThrownBy(() -> closed.create("more")).isInstanceOf(KvException.Unavailable.class);
  }

  @Test
  void asks_where_the_data_is_to_be() {
    runner.run(
        context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("ostler.kv.directory")
                .hasMessageContaining("ostler.kv.in-memory=true"));
  }

  @Test
  void opens_none_if_that_is_not_wanted() {
    runner
        .withPropertyValues("ostler.kv.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Kv.class));
  }

  @Test
  void prefers_the_store_that_is_a_bean_already() {
    try (Kv own = Kv.open(KvConfig.inMemory())) {
      runner
          .withBean("own", Kv.class, () -> own)
          .run(context -> assertThat(context.getBean(Kv.class)).isSameAs(own));
    }
  }

  @Test
  void prefers_the_configuration_that_is_a_bean() {
    runner
        .withBean(KvConfig.class, () -> KvConfig.inMemory().maxKeys(7))
        .run(
            context -> assertThat(context.getBean(Kv.class).config().limits().keys()).isEqualTo(7));
  }

  /** An endpoint that cannot have its port. */
  record Portless(String name) implements Endpoint {
    @Override
    public Bound bind(Kv kv) {
      throw new IllegalStateException("the endpoint " + name + " was bound");
    }
  }

  @Test
  void offers_the_store_by_the_endpoints_that_are_beans() {
    inMemory
        .withBean(Endpoint.class, () -> new Portless("mine"))
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("mine was bound"));
  }

  @Test
  void whose_tree_has_given_up_is_down() {
    inMemory
        .withBean(SupervisedBeansTest.Listener.class)
        .run(
            context -> {
              Pid bucket = context.getBean(Kv.class).create("shopping").pid();
              Pid top = Processes.info(bucket).orElseThrow().ancestors().getLast();
              top.exit(ExitReason.KILL);

              context.getBean(SupervisedBeansTest.Listener.class).liveness.join();
              assertThat(context.getBean(SupervisedBeansHealth.class).health().getDetails())
                  .containsOnlyKeys("kv");
            });
  }

  // --- Properties ---

  private static KvProperties bound(Map<String, String> properties) {
    return new Binder(new MapConfigurationPropertySource(properties))
        .bindOrCreate("ostler.kv", KvProperties.class);
  }

  @Test
  void takes_everything_from_properties() {
    KvConfig config =
        bound(
                Map.of(
                    "ostler.kv.directory", "data",
                    "ostler.kv.max-buckets", "1",
                    "ostler.kv.max-keys", "2",
                    "ostler.kv.max-key-size", "3B",
                    "ostler.kv.max-value-size", "4KB",
                    "ostler.kv.drain-time", "5s"))
            .config();

    assertThat(config.directory()).contains(Path.of("data"));
    assertThat(config.limits()).isEqualTo(new Limits(1, 2, 3, 4096));
    assertThat(config.drainTime()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void has_the_defaults_of_the_store() {
    KvConfig config = bound(Map.of("ostler.kv.in-memory", "true")).config();

    assertThat(config.limits()).isEqualTo(KvConfig.inMemory().limits());
    assertThat(config.drainTime()).isEqualTo(KvConfig.inMemory().drainTime());
  }

  @Test
  void reads_how_a_durable_store_is_kept() {
    KvProperties properties =
        bound(
            Map.of(
                "ostler.kv.sync", "always",
                "ostler.kv.repair", "true",
                "ostler.kv.resident-size", "64MB"));

    assertThat(properties.sync()).isEqualTo(Sync.ALWAYS);
    assertThat(properties.repair()).isTrue();
    assertThat(properties.residentSize()).isEqualTo(DataSize.ofMegabytes(64));
  }
}
