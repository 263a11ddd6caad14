package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A server of nothing but a state: what the callbacks do that it does not have. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class BareServerTest {
  @Parameter Kind kind;

  record Ping() implements Call<Bare, String> {}

  record Poke() implements Cast<Bare> {}

  /** A server of nothing but a state. */
  static final class Bare implements GenServer<String, Ping, Poke> {
    @Override
    public Init<String> init() {
      return Init.ok("bare");
    }
  }

  private ServerRef<Bare> bare;

  @BeforeEach
  void start() {
    bare = kind.of(GenServer.of(Bare::new)).start();
  }

  // G39
  @Test
  void crashes_the_server_that_is_called() {
    assertThatThrownBy(() -> bare.call(new Ping()))
        .isInstanceOfSatisfying(
            CallException.Exited.class,
            e ->
                assertThat(e.crash().orElseThrow())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("Bare", "Ping"));
    assertThat(bare.pid().isAlive()).isFalse();
  }

  // G40
  @Test
  void crashes_the_server_that_gets_a_cast() {
    var monitor = Self.monitor(bare.pid());
    bare.cast(new Poke());
    assertThat(Downs.reason(monitor))
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash ->
                assertThat(crash.cause())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("Bare", "Poke"));
  }

  // G72
  @Test
  void lets_the_server_stop() {
    bare.stop();
    assertThat(bare.pid().isAlive()).isFalse();
  }
}
