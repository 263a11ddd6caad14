package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node must not be configured with. */
class RaftConfigTest {
  private static final List<RaftConfig.Member> MEMBERS =
      List.of(new RaftConfig.Member("n1", "127.0.0.1", 7001));

  private static RaftConfig with(String node, Map<String, String> options) {
    return new RaftConfig(node, MEMBERS, Path.of("unused"), 0, 1, options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "raft.server.log.unsafe-flush.enabled",
        "raft.server.log.async-flush.enabled",
        "raft.server.log.use.memory"
      })
  void an_option_that_loses_commands_is_refused(String option) {
    assertThatThrownBy(() -> with("n1", Map.of(option, "true")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the option %s loses committed commands: it must be false, not true", option);
  }

  @Test
  void followers_must_wait_as_long_as_a_leader_is_certain() {
    assertThatThrownBy(() -> with("n1", Map.of("raft.server.rpc.timeout.min", "299ms")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the option raft.server.rpc.timeout.min must be at least 300 ms: 299ms");
  }

  @Test
  void a_node_is_one_of_the_members() {
    assertThatThrownBy(() -> with("n2", Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no node n2 among [n1]");
  }

  @Test
  void nodes_have_different_names() {
    var twice = List.of(MEMBERS.getFirst(), new RaftConfig.Member("n1", "127.0.0.1", 7002));

    assertThatThrownBy(() -> new RaftConfig("n1", twice, Path.of("unused")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two nodes have the name n1");
  }
}
