package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.Certificates.Owner;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Three servers that know each other by certificates. */
class ClusterTlsTest {
  @TempDir Path directory;

  private String[] tls(Owner owner, Owner authority) throws Exception {
    Path certificate = Certificates.writeCertificate(directory, owner);
    Path key = Certificates.writeKey(directory, owner);
    Path authorities = Certificates.writeCertificate(directory, authority);
    return new String[] {
      "--cluster-tls-cert",
      certificate.toString(),
      "--cluster-tls-key",
      key.toString(),
      "--cluster-tls-ca",
      authorities.toString()
    };
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES) // five JVMs, beside others
  void a_node_without_a_certificate_or_with_another_one_does_not_join_and_says_why()
      throws Exception {
    try (var nodes = new NodeServers(directory, tls(Owner.SERVER, Owner.AUTHORITY))) {
      String leader = nodes.leader();
      nodes.awaitFollowersOf(leader);
      set(nodes, leader, "k", "1");
      String other = nodes.others(leader).getFirst();

      nodes.kill(other);
      nodes.startWith(other);
      nodes.awaitLine(other + ": " + leader + " at 127.0.0.1 port ");
      nodes.awaitLine("talks TLS only, and this node has no certificate");
      assertThat(nodes.cluster(leader, "status").code()).isOne();

      nodes.kill(other);
      nodes.startWith(other, tls(Owner.STRANGER, Owner.STRANGER));
      nodes.awaitLine("and this node do not trust each other: ");
      set(nodes, nodes.leader(), "k", "2");

      nodes.kill(other);
      nodes.start(other);
      nodes.awaitAgreement();
      set(nodes, nodes.leader(), "k", "3");
    }
  }

  private static void set(NodeServers nodes, String name, String key, String value) {
    try (var jedis = new Jedis("127.0.0.1", nodes.port(name))) {
      assertThat(jedis.set(key, value)).isEqualTo("OK");
    }
  }
}
