package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Servers and states of several types: what is shown here is above all that it compiles. */
@ExtendWith(OstlerExtension.class)
class SubtypesTest {
  private static final Duration AT_ONCE = Duration.ZERO;

  /** What a door is: a state that is an interface. */
  sealed interface State {}

  record Open(int times) implements State {}

  record Shut(int times) implements State {}

  /** A door that shuts by itself, and says so. */
  static class Door implements GenServer<State, Door.Request<?>, Door.Push> {
    sealed interface Request<R> extends Call<Door, R> {}

    record IsOpen() implements Request<Boolean> {}

    record OpenUp() implements Request<Integer> {}

    record Push() implements Cast<Door> {}

    private final Pid watcher;

    Door(Pid watcher) {
      this.watcher = watcher;
    }

    @Override
    public Init<? extends State> init() {
      return Init.ok(new Open(0)).thenContinue("shut");
    }

    @Override
    public Next<? extends State> handleCall(Request<?> request, From<?> from, State state) {
      return switch (request) {
        case IsOpen is -> is.reply(state instanceof Open, state);
        case OpenUp up ->
            up.reply(times(state) + 1, new Open(times(state) + 1)).withTimeout(AT_ONCE);
      };
    }

    @Override
    public Next<? extends State> handleCast(Push push, State state) {
      return state instanceof Open
          ? Next.noReply(new Shut(times(state))).thenContinue("shut")
          : Next.noReply(new Open(times(state) + 1)).withTimeout(AT_ONCE);
    }

    @Override
    public Next<? extends State> handleInfo(Object message, State state) throws Exception {
      if (message instanceof Timeout) {
        return Next.noReply(new Shut(times(state))).thenContinue("shut");
      }
      return GenServer.super.handleInfo(message, state);
    }

    @Override
    public Next<State> handleContinue(Object continuation, State state) {
      watcher.send(says() + continuation);
      return Next.noReply(new Shut(times(state)));
    }

    String says() {
      return "";
    }

    private static int times(State state) {
      return switch (state) {
        case Open open -> open.times();
        case Shut shut -> shut.times();
      };
    }
  }

  /** A door that is heard. */
  static final class SlammingDoor extends Door {
    SlammingDoor(Pid watcher) {
      super(watcher);
    }

    @Override
    String says() {
      return "slam ";
    }
  }

  private Pid test;

  @BeforeEach
  void listen() {
    test = Self.pid();
  }

  // G52
  @Test
  void a_server_whose_state_is_an_interface_waits_and_continues_with_any_kind_of_it() {
    ServerRef<Door> door = GenServer.of(() -> new Door(test)).start();
    assertThat(Self.receive()).isEqualTo("shut");
    assertThat(door.call(new Door.OpenUp())).isEqualTo(1);
    assertThat(Self.receive()).isEqualTo("shut");
    assertThat(door.call(new Door.IsOpen())).isFalse();
    door.cast(new Door.Push());
    assertThat(Self.receive()).isEqualTo("shut");
    assertThat(door.call(new Door.OpenUp())).isEqualTo(3);
  }

  // G17
  @Test
  void a_server_may_have_the_name_of_its_superclass() {
    Name<Door> name = Name.unique("door");
    ServerRef<SlammingDoor> door = GenServer.of(() -> new SlammingDoor(test)).named(name).start();
    assertThat(name.whereis()).contains(door.pid());
    assertThat(Self.receive()).isEqualTo("slam shut");
    assertThat(name.call(new Door.OpenUp())).isEqualTo(1);
    assertThat(Self.receive()).isEqualTo("slam shut");
  }

  // G17
  @Test
  void a_server_takes_the_requests_and_casts_of_its_superclass() {
    ServerRef<SlammingDoor> door = GenServer.of(() -> new SlammingDoor(test)).start();
    assertThat(Self.receive()).isEqualTo("slam shut");
    assertThat(door.call(new Door.IsOpen())).isFalse();
    door.cast(new Door.Push());
    assertThat(Self.receive()).isEqualTo("slam shut");
    assertThat(door.sendRequest(new Door.OpenUp()).await()).isEqualTo(2);
  }
}
