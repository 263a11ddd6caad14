package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key's own code does not run in the death of the process that has it, nor holds it up. */
@ExtendWith(OstlerExtension.class)
class RegistryKeysTest {

  /** A key that can be told to misbehave. All have one hash. */
  private static final class Key {
    volatile boolean throwing;
    final CountDownLatch compared = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    private final boolean blocking;

    Key(boolean blocking) {
      this.blocking = blocking;
    }

    @Override
    public int hashCode() {
      if (throwing) {
        throw new IllegalStateException("no hash any more");
      }
      return 1;
    }

    @Override
    public boolean equals(Object other) {
      if (throwing) {
        throw new IllegalStateException("not comparable any more");
      }
      if (blocking && other != this) {
        compared.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          return false;
        }
      }
      return other == this;
    }
  }

  private static Registry<Key, String> registry(boolean unique) {
    return unique
        ? Registry.<Key, String>unique().start()
        : Registry.<Key, String>duplicate().start();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void that_throws_is_given_up_with_its_process(boolean unique) {
    Registry<Key, String> registry = registry(unique);
    var key = new Key(false);
    var holder =
        Self.spawnMonitor(
            () -> {
              registry.register(key, "value");
              Self.receive(String.class);
              key.throwing = true;
            });
    holder.pid().send("go");
    assertThat(Downs.reason(holder.ref())).isEqualTo(ExitReason.NORMAL);
    assertThat(holder.pid().isAlive()).isFalse();
    assertThat(registry.count()).isZero();
  }

  /** The ways to run a server that has a key. */
  enum As {
    PLAIN,
    DIRECT,
    BOUNDED,
    SUPERVISED
  }

  @ParameterizedTest
  @EnumSource
  void that_throws_does_not_keep_a_server_that_crashes_alive(As as) {
    Registry<Key, String> registry = registry(true);
    var key = new Key(false);
    Name<PuppetServer> name = Name.unique("holder");
    var plain = GenServer.of(PuppetServer::new).named(name);
    Supervisor supervisor = null;
    switch (as) {
      case PLAIN -> plain.start();
      case DIRECT -> plain.direct().start();
      case BOUNDED -> plain.mailbox(10, Overflow.FAIL).start();
      case SUPERVISED -> supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(plain).start();
    }
    Pid holder = name.pid();
    name.call(PuppetServer.compute("register", () -> registered(registry, key)));
    var monitor = Self.monitor(holder);
    name.cast(
        PuppetServer.tell(
            "crash",
            heard -> {
              key.throwing = true;
              throw new IllegalStateException("broken");
            }));
    assertThat(Downs.reason(monitor)).isInstanceOf(ExitReason.Crash.class);
    assertThat(holder.isAlive()).isFalse();
    assertThat(registry.count()).isZero();
    if (supervisor != null) {
      assertThat(supervisor.children()).singleElement().matches(each -> each.pid().isPresent());
      supervisor.stop();
    }
  }

  private static boolean registered(Registry<Key, String> registry, Key key) {
    registry.register(key, "value");
    return true;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void that_blocks_holds_up_neither_its_own_process_nor_another(boolean unique) throws Exception {
    Registry<Key, String> registry = registry(unique);
    var registered = new CountDownLatch(1);
    var first =
        Self.spawnMonitor(
            () -> {
              registry.register(new Key(false), "first");
              registered.countDown();
              Self.receive();
            });
    registered.await();
    var key = new Key(true);
    var second =
        Processes.spawn(
            () -> {
              registry.register(key, "second");
              Self.receive();
            });
    key.compared.await();
    first.pid().exit(ExitReason.KILL);
    assertThat(Downs.reason(first.ref())).isEqualTo(ExitReason.KILLED);
    var monitor = Self.monitor(second);
    second.exit(ExitReason.KILL);
    assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.KILLED);
    key.goOn.countDown();
    assertThat(registry.count()).isZero();
  }
}
