package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.StartException;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The name a server begins with, and what a supervisor is told of it.
 *
 * <p>What Java's types make impossible: G14, a name is a {@link Name}.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(Kind.class)
class ServerNameTest {
  @Parameter Kind kind;

  private final AtomicReference<Pid> started = new AtomicReference<>();

  @Nested
  class A_name {
    private final Name<PuppetServer> name = Name.unique("puppet");

    // G11
    @Test
    void that_is_taken_fails_the_start_before_init() {
      var first = kind.of(PuppetServer::new).named(name).start();
      var inits = new AtomicInteger();
      var second = counting(inits);
      assertThatThrownBy(second::startLink)
          .isInstanceOfSatisfying(
              StartException.AlreadyStarted.class, e -> assertThat(e.pid()).isEqualTo(first.pid()));
      assertThat(inits).hasValue(0);
      assertThat(name.whereis()).contains(first.pid());
      assertThat(first.call(PuppetServer.question("well?"))).isEqualTo("well?");
    }

    // G11: the name is taken before init has run
    @Test
    void is_the_servers_before_its_init() throws Exception {
      var within = new CountDownLatch(1);
      var let = new CountDownLatch(1);
      var first =
          kind.of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                started.set(name.whereis().orElse(Processes.NOBODY));
                                within.countDown();
                                let.await();
                                return Init.ok(List.of(Self.pid()));
                              }))
              .named(name);
      var starter = Self.spawnMonitor(first::start);
      within.await();
      var inits = new AtomicInteger();
      assertThatThrownBy(counting(inits)::start)
          .isInstanceOfSatisfying(
              StartException.AlreadyStarted.class,
              e -> assertThat(e.pid()).isEqualTo(started.get()));
      let.countDown();
      Downs.reason(starter.ref());
      assertThat(name.call(PuppetServer.heard())).containsExactly(started.get());
      assertThat(inits).hasValue(0);
    }

    // G12
    @Test
    void is_free_again_when_a_start_has_failed() {
      for (Callable<Init<List<Object>>> bad : badInits()) {
        assertThatThrownBy(kind.of(() -> new PuppetServer().onInit(bad)).named(name)::start)
            .isInstanceOf(StartException.class);
        assertThat(name.whereis()).isEmpty();
        kind.of(PuppetServer::new).named(name).start().stop();
      }
    }

    private List<Callable<Init<List<Object>>>> badInits() {
      return List.of(
          Init::ignore,
          () -> Init.stop(ExitReason.of("no")),
          () -> Init.error(ExitReason.of("no")),
          () -> {
            throw new IllegalStateException("broken");
          },
          () -> {
            Self.exit(ExitReason.NORMAL);
            return Init.ok(List.of());
          });
    }

    // G14
    @Test
    void must_not_be_null() {
      assertThatNullPointerException()
          .isThrownBy(() -> GenServer.of(PuppetServer::new).named(null))
          .withMessageContaining("name");
    }

    private ServerChild<PuppetServer, ServerRef<PuppetServer>> counting(AtomicInteger inits) {
      return kind.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () -> {
                            inits.incrementAndGet();
                            return Init.ok(List.of());
                          }))
          .named(name);
    }
  }

  @Nested
  class A_child_spec {

    // G15
    @Test
    void is_permanent_with_five_seconds_to_shut_down() {
      var spec = kind.of(PuppetServer::new).spec();
      assertThat(spec.restart()).isEqualTo(Restart.PERMANENT);
      assertThat(spec.shutdown()).isEqualTo(Shutdown.after(Duration.ofSeconds(5)));
      Name<PuppetServer> name = Name.unique("puppet");
      assertThat(kind.of(PuppetServer::new).named(name).spec().id()).isEqualTo(name);
      assertThat(kind.of(PuppetServer::new).spec().id()).isNotEqualTo(spec.id());
    }

    // G15
    @Test
    void takes_what_is_asked_for() {
      var spec =
          kind.of(PuppetServer::new)
              .id("mine")
              .restart(Restart.TRANSIENT)
              .shutdown(Shutdown.BRUTAL_KILL)
              .spec();
      assertThat(spec.id()).isEqualTo("mine");
      assertThat(spec.restart()).isEqualTo(Restart.TRANSIENT);
      assertThat(spec.shutdown()).isEqualTo(Shutdown.BRUTAL_KILL);
    }

    // G15
    @Test
    void starts_the_server_linked() throws Exception {
      var begun = kind.of(PuppetServer::new).spec().starter().call();
      assertThat(Processes.info(begun.pid()).orElseThrow().links()).containsExactly(Self.pid());
      assertThat(begun.handle().call(PuppetServer.question("you?"))).isEqualTo("you?");
    }
  }
}
