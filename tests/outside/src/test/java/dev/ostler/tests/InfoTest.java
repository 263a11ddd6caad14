package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Event;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** All messages that are neither calls nor casts. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class InfoTest {
  @Parameter Kind kind;

  record Get() implements Call<Deaf, String> {}

  record Nothing() implements Cast<Deaf> {}

  /** A server with no word on plain messages. */
  static final class Deaf implements GenServer<String, Get, Nothing> {
    @Override
    public Init<String> init() {
      return Init.ok("deaf");
    }

    @Override
    public Next<String> handleCall(Get request, From<?> from, String state) {
      return request.reply(state, state);
    }
  }

  // G41
  @Test
  void that_is_unexpected_is_reported_and_the_server_goes_on() {
    ServerRef<Deaf> deaf = kind.of(GenServer.of(Deaf::new)).start();
    try (var reports = new Reports()) {
      deaf.send("can you hear me?");
      assertThat(deaf.call(new Get())).isEqualTo("deaf");
      assertThat(reports.about(deaf.pid()))
          .containsExactly(new Event.Unexpected(deaf.pid(), "Deaf", "can you hear me?"));
    }
  }

  // G44
  @Test
  void is_what_is_sent_by_pid_name_or_timer() {
    Pid test = Self.pid();
    ServerRef<PuppetServer> server = kind.of(() -> new PuppetServer().telling(test)).start();
    server.send("by reference");
    server.pid().send("by pid");
    server.sendAfter("by timer", Duration.ZERO);
    assertThat(Self.receive(String.class, "by timer"::equals, Downs.LONG)).contains("by timer");
    assertThat(server.call(PuppetServer.heard()))
        .containsExactlyInAnyOrder("by reference", "by pid", "by timer")
        .containsSubsequence("by reference", "by pid");
  }

  // G44
  @Test
  void is_the_end_of_what_the_server_monitors() {
    Pid test = Self.pid();
    ServerRef<PuppetServer> server = kind.of(() -> new PuppetServer().telling(test)).start();
    ServerRef<PuppetServer> other = kind.start();
    var ref = server.call(PuppetServer.watch(other.pid()));
    other.stop(ExitReason.SHUTDOWN, Downs.LONG);
    var down = new Down(ref, other.pid(), ExitReason.SHUTDOWN);
    assertThat(Self.receive(Down.class)).isEqualTo(down);
    assertThat(server.call(PuppetServer.heard())).containsExactly(down);
  }

  // G44, G67
  @Test
  void is_the_end_of_what_it_is_linked_to_if_it_traps_exits() {
    Pid test = Self.pid();
    ServerRef<PuppetServer> server = kind.of(() -> new PuppetServer().telling(test)).start();
    Pid peer = Processes.spawn(() -> Self.receive(String.class));
    server.call(
        PuppetServer.compute(
            "link",
            () -> {
              Self.link(peer);
              return Self.trapExits(true);
            }));
    peer.send("go");
    assertThat(Self.receive(Exit.class)).isEqualTo(new Exit(peer, ExitReason.NORMAL));
    assertThat(server.call(PuppetServer.heard()))
        .containsExactly(new Exit(peer, ExitReason.NORMAL));
  }

  // G44, G67: a signal of somebody who is no parent
  @Test
  void is_an_exit_signal_if_it_traps_exits() {
    ServerRef<PuppetServer> server = kind.start();
    server.call(PuppetServer.compute("trap", () -> Self.trapExits(true)));
    server.pid().exit(ExitReason.of("please"));
    assertThat(server.call(PuppetServer.heard()))
        .containsExactly(new Exit(Self.pid(), ExitReason.of("please")));
  }
}
