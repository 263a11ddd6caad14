package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.AlreadyRegisteredException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.MailboxFullException;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.NoProcessException;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Registry.Entry;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A registry in which a key belongs to one process: R02 to R04, R06 to R13, R15, R18, R19 to R24,
 * R26, R28.
 *
 * <p>R01 cannot be broken: kinds are methods, and there are no partitions, so R25 has no
 * counterpart either. What patterns are elsewhere are functions here, of any shape (R17).
 */
@ExtendWith(OstlerExtension.class)
class RegistryTest {
  private Registry<Object, String> registry;
  private Puppet other;

  @BeforeEach
  void start() {
    registry = Registry.<Object, String>unique().start();
    other = Puppet.start();
  }

  private void register(Puppet puppet, Object key, String value) {
    puppet.does(() -> registry.register(key, value));
  }

  @Nested
  class A_key {
    // M17
    @Test
    void is_freed_by_the_process_that_unregisters_it_as_a_name() {
      registry.register("key", "value");
      Processes.unregister(registry.via("key"));
      assertThat(registry.whereis("key")).isEmpty();
      register(other, "key", "another's");
      assertThatThrownBy(() -> Processes.unregister(registry.via("key")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("registry")
          .hasMessageContaining(other.pid().toString());
      assertThat(registry.whereis("key")).contains(other.pid());
      assertThatThrownBy(() -> Processes.unregister(registry.via("nobody's")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no process has it");
    }

    // R02, R07
    @Test
    void that_is_free_belongs_to_the_process_that_registers() throws Exception {
      registry.register("key", "value");
      assertThat(registry.lookup("key")).containsExactly(new Entry<>(Self.pid(), "value"));
      assertThat(registry.whereis("key")).contains(Self.pid());
      assertThat(registry.lookup("nobody's")).isEmpty();
      assertThat(registry.whereis("nobody's")).isEmpty();
      assertThatThrownBy(() -> Outside.does(() -> registry.register("outside", "value")))
          .hasCauseInstanceOf(IllegalStateException.class); // only a process can
      assertThat(Outside.<Optional<Pid>>ask(() -> registry.whereis("key"))).contains(Self.pid());
    }

    // R02: no look waits for a process
    @Test
    void is_found_while_the_registrys_process_does_nothing() {
      registry.register("key", "value");
      Sys.suspend(registry.pid());
      assertThat(registry.whereis("key")).contains(Self.pid());
      assertThat(registry.lookup("key")).containsExactly(new Entry<>(Self.pid(), "value"));
      assertThat(registry.keys(Self.pid())).containsExactly("key");
      assertThat(registry.values("key", Self.pid())).containsExactly("value");
      assertThat(registry.select(_ -> true, Registry.Row::value)).containsExactly("value");
      assertThat(registry.count()).isEqualTo(1);
      Sys.resume(registry.pid());
    }

    // R03
    @Test
    void that_belongs_to_the_living_is_refused() {
      register(other, "key", "theirs");
      assertThatThrownBy(() -> registry.register("key", "mine"))
          .isInstanceOfSatisfying(
              AlreadyRegisteredException.class, e -> assertThat(e.pid()).isEqualTo(other.pid()));
      assertThatThrownBy(() -> register(other, "key", "again"))
          .isInstanceOf(AlreadyRegisteredException.class);
      assertThat(registry.lookup("key")).containsExactly(new Entry<>(other.pid(), "theirs"));
    }

    // R04, R08, R09
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsThatTravel")
    void is_free_as_soon_as_its_process_is_dead(ExitReason reason) {
      register(other, "key", "theirs");
      register(other, "another", "theirs");
      other.pid().exit(reason);
      assertThat(registry.lookup("key")).isEmpty();
      assertThat(registry.via("key").whereis()).isEmpty();
      assertThat(registry.count()).isZero();
      registry.register("key", "mine");
      assertThat(registry.lookup("key")).containsExactly(new Entry<>(Self.pid(), "mine"));
    }

    // R04, R09: who hears of the death finds the key free
    @Test
    void is_free_for_who_hears_of_the_end_of_its_process() {
      register(other, "key", "theirs");
      var monitor = Self.monitor(other.pid());
      other.leave();
      Deaths.await(monitor);
      registry.register("key", "mine");
    }

    // R06
    @Test
    void is_another_if_it_is_not_equal() {
      registry.register(1, "int");
      registry.register(1.0, "double");
      registry.register(1L, "long");
      assertThat(registry.count()).isEqualTo(3);
      assertThat(registry.lookup(1.0)).containsExactly(new Entry<>(Self.pid(), "double"));
      assertThatThrownBy(() -> registry.register(Integer.valueOf(1), "again"))
          .isInstanceOf(AlreadyRegisteredException.class);
    }

    // R11
    @Test
    void is_given_up_by_its_own_process_alone() {
      registry.register("key", "mine");
      other.does(() -> registry.unregister("key"));
      assertThat(registry.whereis("key")).contains(Self.pid());
      registry.unregister("nobody's");
      registry.unregister("key");
      registry.unregister("key");
      assertThat(registry.whereis("key")).isEmpty();
      assertThat(registry.count()).isZero();
      register(other, "key", "theirs");
    }

    // R12
    @Test
    void is_given_up_if_its_value_matches() {
      registry.register("key", "mine");
      registry.unregisterMatch("key", "yours"::equals);
      assertThat(registry.whereis("key")).isPresent();
      registry.unregisterMatch("key", "mine"::equals);
      assertThat(registry.whereis("key")).isEmpty();
    }

    // R13
    @Test
    void has_a_value_its_own_process_may_change() {
      registry.register("key", "a");
      assertThat(registry.updateValue("key", value -> value + "b"))
          .contains(new Registry.Updated<>("ab", "a"));
      assertThat(registry.lookup("key")).containsExactly(new Entry<>(Self.pid(), "ab"));
      assertThat(
              other.<Optional<Registry.Updated<String>>>ask(
                  () -> registry.updateValue("key", value -> "theirs")))
          .isEmpty();
      assertThat(registry.updateValue("nobody's", value -> value)).isEmpty();
      assertThat(registry.values("key", Self.pid())).containsExactly("ab");
    }

    // R28
    @Test
    void that_is_refused_time_and_again_leaves_nothing() throws Exception {
      register(other, "key", "theirs");
      for (int i = 0; i < 1_000; i++) {
        assertThatThrownBy(() -> registry.register("key", "mine"))
            .isInstanceOf(AlreadyRegisteredException.class);
      }
      assertThat(registry.count()).isEqualTo(1);
      assertThat(registry.keys(Self.pid())).isEmpty();
      registry.lock("key", () -> "held");
      assertThat(Sys.getState(registry.pid())).isEqualTo(Map.of());
    }
  }

  // R10: neither the registry nor its processes are linked; none harms the other
  @Test
  void nobody_is_linked_to_it() {
    registry.register("key", "mine");
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
    assertThat(Processes.info(registry.pid()).orElseThrow().links()).isEmpty();
    registry.unregister("key");
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
  }

  // R26
  @Test
  void its_end_harms_nobody_and_leaves_nobody_registered() {
    Name<Registry<Object, String>> name = Name.unique("registry");
    Registry<Object, String> named = Registry.<Object, String>unique().named(name).start();
    named.register("key", "mine");
    named.pid().exit(ExitReason.KILL);
    assertThat(named.lookup("key")).isEmpty();
    assertThat(named.count()).isZero();
    assertThatThrownBy(() -> named.register("key", "again")).isInstanceOf(NoProcessException.class);

    Registry.<Object, String>unique().named(name).start();
    Registry<Object, String> again = Registry.at(name);
    assertThat(again.lookup("key")).isEmpty();
    again.register("key", "again");
    assertThat(again.lookup("key")).containsExactly(new Entry<>(Self.pid(), "again"));
    assertThat(again.keys(Self.pid())).containsExactly("key");
  }

  // R15, R18
  @Test
  void it_tells_the_keys_of_a_process_and_counts_them() {
    registry.register("a", "1");
    registry.register("b", "2");
    register(other, "c", "3");
    assertThat(registry.keys(Self.pid())).containsExactlyInAnyOrder("a", "b");
    assertThat(registry.keys(other.pid())).containsExactly("c");
    assertThat(registry.values("a", Self.pid())).containsExactly("1");
    assertThat(registry.values("a", other.pid())).isEmpty();
    assertThat(registry.count()).isEqualTo(3);
    other.pid().exit(ExitReason.KILL);
    assertThat(registry.keys(other.pid())).isEmpty();
    assertThat(registry.count()).isEqualTo(2);
  }

  // R19
  @Test
  void it_remembers_something_about_itself() {
    assertThat(registry.meta("colour")).isEmpty();
    registry.putMeta("colour", "red");
    registry.putMeta("colour", "blue");
    assertThat(registry.meta("colour")).contains("blue");
    registry.deleteMeta("colour");
    registry.deleteMeta("colour");
    assertThat(registry.meta("colour")).isEmpty();
  }

  // R24
  @Test
  void one_that_is_not_there_is_an_error() {
    Registry<String, String> nowhere = Registry.at(Name.unique("nowhere"));
    assertThatThrownBy(() -> nowhere.lookup("key"))
        .isInstanceOf(NoProcessException.class)
        .hasMessageContaining("nowhere");
    assertThatThrownBy(() -> nowhere.register("key", "value"))
        .isInstanceOf(NoProcessException.class);
    Name<Registry<String, String>> name = Name.unique("no registry");
    Processes.register(name, other.pid());
    assertThatThrownBy(() -> Registry.at(name).lookup("key"))
        .isInstanceOf(NoProcessException.class)
        .hasMessageContaining("no registry");
  }

  @Nested
  class As_a_name {
    // R21
    @Test
    void a_key_is_given_to_a_server_with_a_value() {
      Registry<Object, String>.Via<PuppetServer> via = registry.via("server", "value");
      var server = GenServer.of(PuppetServer::new).named(via).start();
      assertThat(registry.lookup("server")).containsExactly(new Entry<>(server.pid(), "value"));
      assertThat(via.call(PuppetServer.question("there?"))).isEqualTo("there?");
      assertThatThrownBy(
              () -> GenServer.of(PuppetServer::new).named(registry.via("server")).start())
          .isInstanceOfSatisfying(
              StartException.AlreadyStarted.class,
              e -> assertThat(e.pid()).isEqualTo(server.pid()));
      server.stop();
      assertThat(via.whereis()).isEmpty();
      GenServer.of(PuppetServer::new).named(via).start();
    }

    // R21
    @Test
    void a_key_is_free_again_if_its_server_does_not_start() {
      Registry<Object, String>.Via<PuppetServer> via = registry.via("server");
      var failing =
          GenServer.of(() -> new PuppetServer().onInit(() -> PuppetServer.stop(ExitReason.NORMAL)));
      assertThatThrownBy(() -> failing.named(via).start()).isInstanceOf(StartException.class);
      assertThat(registry.lookup("server")).isEmpty();
      assertThat(registry.count()).isZero();
    }

    // R08, R23
    @Test
    void a_key_that_nobody_has_leads_nowhere() {
      Registry<Object, String>.Via<PuppetServer> via = registry.via("nobody's");
      assertThat(via.whereis()).isEmpty();
      assertThatThrownBy(() -> via.send("hello")).isInstanceOf(NoProcessException.class);
      assertThatThrownBy(via::pid).isInstanceOf(NoProcessException.class);
      via.cast(PuppetServer.note("dropped"));
      register(other, "nobody's", "mine");
      via.send("hello");
      assertThat(other.<Object>ask(() -> Self.receive(String.class))).isEqualTo("hello");
    }

    // R22
    @Test
    void a_key_of_a_duplicate_registry_is_refused() {
      var duplicate = Registry.<String, String>duplicate().start();
      assertThatIllegalStateException()
          .isThrownBy(() -> duplicate.via("key"))
          .withMessageContaining("not supported");
      assertThatIllegalStateException()
          .isThrownBy(() -> duplicate.updateValue("key", value -> value)) // R13
          .withMessageContaining("not supported");
    }
  }

  @Nested
  class Its_listeners {
    // R20
    @Test
    void hear_of_what_begins_and_ends_but_not_of_deaths() {
      var listener = Kind.PLAIN.start();
      Registry<Object, String> heard = Registry.<Object, String>unique().listener(listener).start();
      other.does(() -> heard.register("key", "value"));
      other.does(() -> heard.unregister("key"));
      other.does(() -> heard.unregister("nobody's"));
      other.does(() -> heard.register("last", null));
      assertThatThrownBy(() -> heard.register("last", "mine"))
          .isInstanceOf(AlreadyRegisteredException.class);
      var server = GenServer.of(PuppetServer::new).named(heard.via("via", "too")).start();
      other.pid().exit(ExitReason.KILL);
      Pid pid = heard.pid();
      assertThat(listener.call(PuppetServer.heard()))
          .isEqualTo(
              List.of(
                  new Registry.Registered(pid, "key", other.pid(), Optional.of("value")),
                  new Registry.Unregistered(pid, "key", other.pid()),
                  new Registry.Unregistered(pid, "nobody's", other.pid()),
                  new Registry.Registered(pid, "last", other.pid(), Optional.empty()),
                  new Registry.Registered(pid, "via", server.pid(), Optional.of("too"))));
    }

    // R20, R21
    @Test
    void whose_refusal_fails_a_start_leave_the_key_to_the_next() throws Exception {
      var listener = GenServer.of(PuppetServer::new).mailbox(1, Overflow.FAIL).start();
      Registry<String, String> heard = Registry.<String, String>unique().listener(listener).start();
      var server = GenServer.of(PuppetServer::new).named(heard.via("key"));
      try (var held = Held.hold(listener)) {
        listener.cast(PuppetServer.note("it is full"));
        assertThatThrownBy(server::startLink).isInstanceOf(MailboxFullException.class);
        held.letGo();
      }
      assertThat(heard.whereis("key")).isEmpty();
      assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
      listener.call(PuppetServer.heard());
      Pid next = server.start().pid();
      assertThat(heard.whereis("key")).contains(next);
    }

    // R20: better here than a failure at the first registration
    @Test
    void must_be_there_when_it_starts_but_may_end_later() {
      Name<PuppetServer> nobody = Name.unique("nobody");
      assertThatThrownBy(() -> Registry.<String, String>unique().listener(nobody).start())
          .isInstanceOf(StartException.Failed.class)
          .hasMessageContaining("nobody");
      GenServer.of(PuppetServer::new).named(nobody).start();
      Registry<String, String> heard = Registry.<String, String>unique().listener(nobody).start();
      nobody.stop();
      heard.register("key", "value");
      assertThat(heard.whereis("key")).contains(Self.pid());
    }
  }

  // L06
  @Test
  void once_it_has_ended_nothing_starts_under_its_keys_and_nothing_is_linked() {
    var server = GenServer.of(PuppetServer::new).named(registry.via("key"));
    Pid pid = registry.pid();
    MonitorRef end = Self.monitor(pid);
    pid.exit(ExitReason.KILL);
    Downs.reason(end);
    assertThatThrownBy(server::startLink).isInstanceOf(NoProcessException.class);
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).doesNotContain(pid).isEmpty();
  }

  // R01, what is left of it
  @Test
  void it_is_a_child_like_any_other() {
    Name<Registry<String, String>> name = Name.unique("registry");
    var spec = Registry.<String, String>unique().named(name).restart(Restart.TRANSIENT).spec();
    assertThat(spec.id()).isEqualTo(name);
    assertThat(spec.restart()).isEqualTo(Restart.TRANSIENT);
    assertThat(Registry.<String, String>duplicate().id("id").spec().id()).isEqualTo("id");
    assertThatThrownBy(() -> registry.register(null, "value"))
        .isInstanceOf(NullPointerException.class);
  }
}
