package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Child;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.TestKv;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How endpoints open and release their ports. */
@ExtendWith(OstlerExtension.class)
class EndpointsTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @Nested
  class A_port {
    @Test
    void is_not_taken_unless_told_to() {
      try (Kv kv = Kv.open(KvConfig.inMemory())) {
        assertThatThrownBy(() -> kv.port("line"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("no endpoint line");
      }
    }

    @Test
    void refuses_an_address_that_other_machines_can_reach() throws Exception {
      var everywhere = LineProtocol.on(0).bind(InetAddress.getByName("0.0.0.0"));

      assertThatThrownBy(() -> Kv.open(KvConfig.inMemory().with(everywhere)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0.0.0.0");
      try (Kv open = Kv.open(KvConfig.inMemory().with(everywhere.insecureBind(true)))) {
        assertThat(open.port("line")).isPositive();
      }
    }

    @Test
    void is_a_number_of_16_bits() {
      assertThatThrownBy(() -> LineProtocol.on(65_536))
          .hasMessage("the line protocol's port is 0 to 65535, and not 65536");
    }

    @Test
    void says_which_port_is_taken() {
      try (Kv first = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)))) {
        assertThatThrownBy(
                () -> Kv.open(KvConfig.inMemory().with(LineProtocol.on(first.port("line")))))
            .isInstanceOf(KvException.CannotListen.class)
            .hasMessageContaining(
                "the endpoint line cannot listen on 127.0.0.1:" + first.port("line"));
      }
    }
  }

  /** An endpoint that records what happens to it. */
  private record Noting(String name, List<String> notes) implements Endpoint {
    @Override
    public Bound bind(Kv kv) {
      notes.add(name + " binds");
      return new Bound() {
        @Override
        public InetSocketAddress address() {
          return ANY;
        }

        @Override
        public Child<?> child() {
          return Processes.of(name, () -> Self.receive());
        }

        @Override
        public void close() {
          notes.add(name + " closes");
        }
      };
    }
  }

  @Test
  void nothing_stays_open_if_one_of_them_cannot_have_its_port() throws IOException {
    var notes = new ArrayList<String>();
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var config =
          KvConfig.inMemory()
              .with(new Noting("first", notes))
              .with(LineProtocol.on(0))
              .with(Resp.on(taken.getLocalPort()))
              .with(new Noting("last", notes));
      assertThatThrownBy(() -> Kv.open(config))
          .isInstanceOf(KvException.CannotListen.class)
          .hasMessageContaining("the endpoint resp cannot listen on 127.0.0.1:");
    }
    assertThat(notes).containsExactly("first binds", "first closes");
  }

  @Test
  void an_error_of_one_while_it_binds_closes_the_others() {
    var notes = new ArrayList<String>();
    Endpoint failing =
        new Endpoint() {
          @Override
          public String name() {
            return "failing";
          }

          @Override
          public Bound bind(Kv kv) {
            throw new OutOfMemoryError("not for this one");
          }
        };
    assertThatThrownBy(
            () -> Kv.open(KvConfig.inMemory().with(new Noting("first", notes)).with(failing)))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(notes).containsExactly("first binds", "first closes");
  }

  @Test
  void two_of_one_name_are_refused() {
    var one = KvConfig.inMemory().with(LineProtocol.on(0));
    assertThatThrownBy(() -> one.with(LineProtocol.on(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("line");
  }

  @Test
  void one_that_crashes_is_restarted_and_keeps_its_port() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)))) {
      int port = kv.port("line");
      Pid endpoint = TestKv.supervisor(kv).children().getFirst().pid().orElseThrow();
      endpoint.exit(ExitReason.KILL);
      var _ = TestKv.supervisor(kv).count(); // is answered after the restart
      assertThat(kv.port("line")).isEqualTo(port);
      try (LineClient client = new LineClient(port)) {
        assertThat(client.ask("CREATE b")).isEqualTo("OK");
      }
    }
  }
}
