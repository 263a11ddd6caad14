package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.NoProcessException;
import dev.ostler.Pid;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A message that gets no answer. Unimplemented casts (G40) are in {@link BareServerTest}. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class CastTest {
  @Parameter Kind kind;

  // G42
  @Test
  void returns_at_once_and_is_handled_later() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    try (var held = Held.hold(server)) {
      server.cast(PuppetServer.note("cast while it was busy"));
      held.letGo();
      assertThat(server.call(PuppetServer.heard())).containsExactly("cast while it was busy");
    }
  }

  // G42
  @Test
  void to_nobody_is_dropped() {
    ServerRef<PuppetServer> server = kind.start();
    server.stop();
    server.cast(PuppetServer.note("to the dead"));
    Name.<PuppetServer>unique("nobody").cast(PuppetServer.note("to a name that nobody has"));
    Name<Registry<String, String>> name = Name.unique("registry");
    Pid registry = Registry.<String, String>unique().named(name).start().pid();
    Name<PuppetServer> via = Registry.at(name).via("key");
    MonitorRef end = Self.monitor(registry);
    registry.exit(ExitReason.KILL);
    Downs.reason(end);
    via.cast(PuppetServer.note("to a key of a registry that has ended"));
    assertThat(Self.flush()).isEmpty();
  }

  // G42: but a plain message needs somebody with the name
  @Test
  void needs_no_holder_of_the_name_unlike_a_plain_message() {
    Name<PuppetServer> nobody = Name.unique("nobody");
    assertThatThrownBy(() -> nobody.send("hello")).isInstanceOf(NoProcessException.class);
    Name<PuppetServer> name = Name.unique("somebody");
    kind.of(PuppetServer::new).named(name).start();
    name.cast(PuppetServer.note("cast"));
    name.send("sent");
    assertThat(name.call(PuppetServer.heard())).containsExactly("cast", "sent");
  }

  // G43
  @Test
  void is_handled_before_what_the_same_sender_sends_later() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    var expected = new ArrayList<Object>();
    for (int round = 0; round < 50; round++) {
      server.cast(PuppetServer.note("cast " + round));
      server.send("info " + round);
      server.call(PuppetServer.question("call " + round));
      expected.addAll(List.of("cast " + round, "info " + round, "call " + round));
    }
    assertThat(server.call(PuppetServer.heard())).isEqualTo(expected);
  }

  // G43: also if another process's messages keep the server busy
  @Test
  void keeps_its_place_in_a_queue() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    try (var held = Held.hold(server)) {
      for (int i = 0; i < 100; i++) {
        server.cast(PuppetServer.note("cast " + i));
        server.send("info " + i);
      }
      held.letGo();
      List<Object> heard = server.call(PuppetServer.heard());
      assertThat(heard).hasSize(200).startsWith("cast 0", "info 0", "cast 1").endsWith("info 99");
    }
  }

  @Test
  void must_not_be_null() {
    ServerRef<PuppetServer> server = kind.start();
    assertThatThrownBy(() -> server.cast(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> server.send(null)).isInstanceOf(NullPointerException.class);
  }
}
