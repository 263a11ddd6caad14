package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvServerTest {
  @AutoClose private static final KvServer KV = KvServer.start();

  @Test
  void serves_clients_of_redis_at_its_address() throws Exception {
    assertThat(KV.uri()).hasToString("redis://" + KV.host() + ":" + KV.port());
    assertThat(InetAddress.getByName(KV.host())).isEqualTo(InetAddress.getLoopbackAddress());

    try (var client = new RespPeer(KV.port())) {
      assertThat(client.ask("HSET", "shopping", "milk", "1")).isEqualTo(1L);
    }
    assertThat(KV.kv().lookup("shopping").orElseThrow().get("milk")).contains("1");
  }

  @Test
  void has_a_store_of_its_own() {
    try (KvServer other = KvServer.start()) {
      assertThat(other.port()).isNotEqualTo(KV.port());
      KV.kv().create("ours");
      assertThat(other.kv().names()).isEmpty();
    }
  }

  @Test
  void offers_other_endpoints_if_asked() throws Exception {
    try (KvServer server = KvServer.start(LineProtocol.on(0));
        var client = new LineClient(server.kv().port("line"))) {
      client.send("CREATE shopping\r\n");
      assertThat(client.line()).isEqualTo("OK");
    }
  }

  @Test
  void offers_resp_as_it_is_told() throws Exception {
    var rules = ClientRules.open().password("let me in");
    try (KvServer server = KvServer.start(Resp.on(0).clients(rules));
        var client = new RespPeer(server.port())) {
      assertThat(client.ask("HGETALL", "shopping"))
          .isEqualTo(new RespReader.Failure("NOAUTH Authentication required."));
      assertThat(client.ask("AUTH", "let me in")).isEqualTo("OK");
    }
  }

  @Test
  void says_that_it_is_encrypted(@TempDir Path folder) throws Exception {
    TlsFiles files = Certificates.write(folder, Certificates.Owner.SERVER);
    try (KvServer server = KvServer.start(Resp.on(0).tls(files))) {
      assertThat(server.uri().getScheme()).isEqualTo("rediss");
    }
  }

  @Test
  void refuses_two_endpoints_of_one_name() {
    assertThatThrownBy(() -> KvServer.start(Resp.on(0), Resp.on(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resp");
  }

  @Test
  void frees_its_port_when_it_is_closed() {
    KvServer server = KvServer.start();
    int port = server.port();
    server.close();
    server.close();
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(ConnectException.class);
  }
}
