package dev.ostler.kv.server.line;

import static dev.ostler.kv.server.LineClient.CLOSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.LineClient;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.TestEndpoints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How clients of the line protocol are accepted, limited, and disconnected. */
@ExtendWith(OstlerExtension.class)
class LineConnectionsTest {

  private static void ends(Pid pid) {
    var ref = Self.monitor(pid);
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
        .isPresent();
  }

  private static Pid process(LineClient client) {
    return Processes.list().stream()
        .filter(pid -> pid.label().equals("line connection /127.0.0.1:" + client.localPort()))
        .findFirst()
        .orElseThrow();
  }

  @Nested
  class One_connection_too_many {
    @Test
    void gets_an_error_and_is_disconnected() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0).maxConnections(2)));
          var first = new LineClient(kv.port("line"));
          var second = new LineClient(kv.port("line"))) {
        assertThat(first.ask("CREATE b")).isEqualTo("OK");
        assertThat(second.ask("CREATE b")).isEqualTo("OK");
        try (var third = new LineClient(kv.port("line"))) {
          assertThat(third.send("CREATE c\r\n").lines(2)).containsExactly("ERROR", CLOSED);
        }

        Pid leaving = process(first);
        first.close();
        ends(leaving);
        try (var next = new LineClient(kv.port("line"))) {
          assertThat(next.ask("GET b k")).isEmpty();
        }
        assertThat(kv.names()).containsExactly("b");
      }
    }

    @Test
    void harms_no_other_client_in_a_storm_of_them() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0).maxConnections(10)));
          var steady = new LineClient(kv.port("line"))) {
        assertThat(steady.ask("CREATE b")).isEqualTo("OK");
        var storm = new ArrayList<LineClient>();
        for (int i = 0; i < 300; i++) {
          storm.add(new LineClient(kv.port("line")));
        }
        int served = 0;
        for (LineClient client : storm) {
          served += answered(client) ? 1 : 0;
        }
        for (LineClient client : storm) {
          client.close();
        }

        assertThat(served).isEqualTo(9);
        assertThat(steady.ask("CREATE b")).isEqualTo("OK");
      }
    }

    private boolean answered(LineClient client) {
      try {
        return client.ask("CREATE b").equals("OK");
      } catch (IOException reset) {
        return false;
      }
    }
  }

  @Nested
  class A_failing_accept {
    @Test
    void ends_neither_the_listener_nor_the_clients_it_has() throws IOException {
      var failures = new AtomicInteger();
      LineListener.Binder failing =
          address -> {
            var socket =
                new ServerSocket() {
                  @Override
                  public Socket accept() throws IOException {
                    if (failures.getAndIncrement() % 2 == 0) {
                      throw new SocketException("too many open files");
                    }
                    return super.accept();
                  }
                };
            socket.bind(new InetSocketAddress(address.getAddress(), address.getPort()));
            return socket;
          };
      var config = KvConfig.inMemory().with(TestEndpoints.line(failing));
      try (Kv kv = Kv.open(config);
          var first = new LineClient(kv.port("line"));
          var second = new LineClient(kv.port("line"))) {
        assertThat(first.ask("CREATE b")).isEqualTo("OK");
        assertThat(second.ask("GET b k")).isEmpty();
        assertThat(failures.get()).isGreaterThanOrEqualTo(4);
      }
    }
  }

  @Nested
  class Closing_the_store {
    @Test
    void lets_replies_in_flight_be_written() throws Exception {
      Kv kv =
          Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)).drainTime(Duration.ofSeconds(60)));
      kv.create("b").put("k", "x".repeat(1_000));
      try (var client = new LineClient(kv.port("line"))) {
        client.send("GET b k\n".repeat(4_000));
        assertThat(client.lines(2)).containsExactly("x".repeat(1_000), "OK");
        var closing = Thread.ofVirtual().start(kv::close);
        List<String> lines = new ArrayList<>();
        for (String line = client.line(); !line.equals(CLOSED); line = client.line()) {
          lines.add(line);
        }
        closing.join();

        assertThat(lines.size() % 2).isZero(); // complete replies only
        assertThat(lines).containsOnly("x".repeat(1_000), "OK");
      }
    }

    @Test
    void ends_idle_clients_subscribers_and_those_that_never_read() throws Exception {
      Kv kv =
          Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)).drainTime(Duration.ofMillis(200)));
      kv.create("b").put("k", "x".repeat(60_000));
      try (var idle = new LineClient(kv.port("line"));
          var subscriber = new LineClient(kv.port("line"));
          var stuck = new LineClient(kv.port("line"))) {
        assertThat(idle.ask("CREATE b")).isEqualTo("OK");
        assertThat(subscriber.ask("CREATE b")).isEqualTo("OK");
        subscriber.send("SUBSCRIBE b\n");
        stuck.send("GET b k\n".repeat(500));
        assertThat(stuck.line()).hasSize(60_000); // and reads no more
        List<Pid> processes = List.of(process(idle), process(subscriber), process(stuck));
        kv.close();

        assertThat(processes).noneMatch(Pid::isAlive);
        assertThat(idle.line()).isEqualTo(CLOSED);
        assertThat(subscriber.line()).isEqualTo(CLOSED);
      }
    }

    @Test
    void frees_the_port() throws Exception {
      Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
      int port = kv.port("line");
      try (var client = new LineClient(port)) {
        assertThat(client.ask("CREATE b")).isEqualTo("OK");
        kv.close();
        assertThat(client.line()).isEqualTo(CLOSED);
      }
      try (Kv next = Kv.open(KvConfig.inMemory().with(LineProtocol.on(port)))) {
        assertThat(next.port("line")).isEqualTo(port);
      }
    }
  }
}
