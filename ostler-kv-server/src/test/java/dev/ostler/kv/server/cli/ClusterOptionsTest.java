package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code kv serve --cluster} refuses. */
class ClusterOptionsTest {
  private static final String TWO = "n1=127.0.0.1:6381,n2=127.0.0.1:6382";

  @TempDir Path folder;

  private Ran serve(String... options) {
    var words = new ArrayList<Object>(List.of("serve"));
    words.addAll(List.of(options));
    return Ran.kv(words.toArray());
  }

  private void expectRefused(Ran ran, String words) {
    assertThat(ran.err()).contains(words);
    assertThat(ran.code()).isEqualTo(2);
  }

  @Nested
  class Members {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "n1 | expects NAME=HOST:PORT for each node, with commas between them",
          "n1=127.0.0.1 | expects NAME=HOST:PORT for each node",
          "n1=127.0.0.1:6381, | and found ''",
          "n 1=127.0.0.1:6381 | and found 'n 1=127.0.0.1:6381'",
          "n1=127.0.0.1:0 | expects ports from 1 to 65535, and found 'n1=127.0.0.1:0'",
          "n1=127.0.0.1:6381@65536 | expects ports from 1 to 65535",
          "n1=127.0.0.1:60000 | there is no port 70000 for the other nodes: give it one",
          "n1=127.0.0.1:6381,n1=127.0.0.1:6382 | --cluster has two nodes named n1",
          "n1=127.0.0.1:6381,n2=127.0.0.1:6381 | has 127.0.0.1 port 6381 twice, for n1 and n2",
          "n1=127.0.0.1:6381,n2=127.0.0.1:7000@16381 | has 127.0.0.1 port 16381 twice",
          "n2=127.0.0.1:6382 | --node expects one of n2, and found 'n1'",
          "n1=no-such-host.invalid:6381 | the host of n1, 'no-such-host.invalid', is not known",
          "n1=127.0.0.1:6381,n2=192.0.2.1:6381 | without --cluster-tls-cert, --cluster is for"
              + " loopback addresses only, and n2 is at 192.0.2.1: a node without TLS trusts"
        })
    void that_make_no_sense_are_refused(String members, String words) {
      expectRefused(serve("--cluster", members, "--node", "n1"), words);
    }
  }

  @Nested
  class Options {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "--memory | --memory cannot be given with --cluster: nodes keep their data on disk",
          "--repair | --repair cannot be given with --cluster",
          "--sync=everysec | a reply is always sent after a majority of the nodes has synced",
          "--resp-port=6380 | --resp-port cannot be given with --cluster, which says that n1 has port"
              + " 6381",
          "--admin-port=0 | --admin-port 0 cannot be given with --cluster",
          "--line-port=0 | --line-port 0 cannot be given with --cluster"
        })
    void that_are_not_for_nodes_are_refused(String option, String words) {
      expectRefused(serve("--cluster", TWO, "--node", "n1", option), words);
    }

    @Test
    void of_the_node_come_together() {
      expectRefused(serve("--cluster", TWO), "--cluster needs --node, which says which of n1, n2");
      expectRefused(
          serve("--node", "n1"), "--node is for a store on several nodes: give --cluster");
      expectRefused(serve("--join"), "--join is for a store on several nodes: give --cluster");
    }

    @Test
    void for_TLS_come_together() {
      expectRefused(
          serve("--cluster", TWO, "--node", "n1", "--cluster-tls-cert", "n1.pem"),
          "and --cluster-tls-key is missing");
      expectRefused(
          serve(
              "--cluster",
              TWO,
              "--node",
              "n1",
              "--cluster-tls-cert=n1.pem",
              "--cluster-tls-key=n1.key",
              "--cluster-tls-ca=nodes.pem"),
          "TLS between nodes: there is no file n1.pem");
    }

    @Test
    void may_be_in_a_file() throws IOException {
      Path file = folder.resolve("kv.conf");
      Files.writeString(file, "cluster = " + TWO + "\nnode = n3\n");
      expectRefused(serve("--config", file.toString()), "--node expects one of n1, n2");
    }

    @Test
    void need_the_module_that_runs_nodes() {
      expectRefused(
          serve("--cluster", TWO, "--node", "n1", "--sync", "always"),
          "--cluster needs ostler-kv-raft and its libraries on the class path");
    }
  }

  @Nested
  class A_directory {
    private void expectRefusedClaim(String words) {
      var options = new ClusterOptions();
      assertThatThrownBy(() -> options.claim(folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(words);
    }

    @Test
    void of_another_node_is_refused() throws IOException {
      Files.writeString(folder.resolve("node"), "n2\n");
      expectRefusedClaim("has the files of node n2");
    }

    @Test
    void of_a_store_on_one_node_is_refused() throws IOException {
      Files.writeString(folder.resolve("CURRENT"), "");
      expectRefusedClaim("has other files than those of a node");
    }

    @Test
    void of_a_node_is_not_opened_as_a_store_on_one_node() throws IOException {
      Files.writeString(folder.resolve("node"), "n1\n");
      Files.createDirectory(folder.resolve("log"));
      expectRefused(
          serve("--data", folder.toString()),
          "has the files of a node of a store on several nodes: give --cluster and --node");
    }
  }
}
