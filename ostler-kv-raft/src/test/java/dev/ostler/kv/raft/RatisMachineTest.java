package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the machine applies of that which Ratis gives it. */
class RatisMachineTest {
  private final Notebook notebook = new Notebook(new Object());
  private final List<String> events = new ArrayList<>();
  private final ClientId proposer = ClientId.randomId();
  private final RatisMachine machine =
      new RatisMachine(
          notebook,
          proposer,
          new RatisMachine.Events() {
            @Override
            public void leads(long term) {
              events.add("leads in term " + term);
            }

            @Override
            public void leadsNoMore() {
              events.add("leads no more");
            }

            @Override
            public void leaderIs(@Nullable RaftPeerId leader) {}

            @Override
            public void applied(long index, long size) {}

            @Override
            public void installed(long index) {}

            @Override
            public void logHasGrown(long bytes) {}

            @Override
            public void ended() {}

            @Override
            public void failed(Throwable why) {
              events.add("failed: " + why.getMessage());
            }
          });

  private Message apply(long term, long index, long proposedIn, String... lines) {
    var commands = new ArrayList<ByteBuffer>();
    for (String line : lines) {
      commands.add(UTF_8.encode(line));
    }
    var entry =
        LogEntryProto.newBuilder()
            .setTerm(term)
            .setIndex(index)
            .setStateMachineLogEntry(
                StateMachineLogEntryProto.newBuilder()
                    .setLogData(ByteString.copyFrom(new Packet(proposedIn, commands).toBytes())))
            .build();
    return machine
        .applyTransaction(
            TransactionContext.newBuilder()
                .setStateMachine(machine)
                .setServerRole(RaftPeerRole.FOLLOWER)
                .setLogEntry(entry)
                .build())
        .join();
  }

  /** As after a restart: Ratis begins again behind the last snapshot. */
  @Test
  void an_entry_that_the_replica_has_is_left_out() throws Exception {
    notebook.apply(3, List.of(UTF_8.encode("one"), UTF_8.encode("two")));
    apply(1, 2, 1, "zero");
    apply(1, 3, 1, "one", "two");
    apply(1, 4, 1, "three");

    assertThat(notebook.lines()).containsExactly("one", "two", "three");
    assertThat(notebook.applied()).isEqualTo(4);
  }

  @Test
  void an_entry_that_was_proposed_in_an_earlier_term_is_not_applied_on_any_node() {
    apply(1, 1, 1, "one");
    assertThat(apply(3, 2, 1, "made up before another node led")).isEqualTo(RatisMachine.OUTDATED);
    apply(3, 3, 3, "two");

    assertThat(notebook.lines()).containsExactly("one", "two");
    assertThat(machine.getLastAppliedTermIndex().getIndex()).isEqualTo(3);
  }

  @Test
  void after_an_entry_that_cannot_be_applied_nothing_is() {
    assertThatThrownBy(() -> apply(1, 1, 1, "unwritable")).hasMessageContaining("cannot write");
    assertThatThrownBy(() -> apply(1, 2, 1, "two")).hasMessageContaining("cannot write");

    assertThat(notebook.lines()).isEmpty();
    assertThat(events).containsExactly("failed: cannot write this down");
  }

  @Test
  void it_leads_once_the_first_entry_of_its_term_is_applied() {
    machine.notifyLeaderReady();
    assertThat(events).isEmpty();
    machine.notifyTermIndexUpdated(4, 9);
    machine.notifyTermIndexUpdated(4, 10); // the members have changed
    machine.notifyNotLeader(List.of());

    assertThat(events).containsExactly("leads in term 4", "leads no more");
  }

  @Test
  void only_the_node_itself_proposes() {
    var stranger =
        RaftClientRequest.newBuilder()
            .setClientId(ClientId.randomId())
            .setServerId(RaftPeerId.valueOf("n1"))
            .setGroupId(RaftGroupId.randomId())
            .setType(RaftClientRequest.writeRequestType())
            .setMessage(Message.valueOf("anything"))
            .build();

    assertThatThrownBy(() -> machine.startTransaction(stranger))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("only the node itself");
  }

  @Test
  void a_log_that_cannot_be_synced_has_failed() {
    machine.notifyLogFailed(new IOException("Input/output error"), null);

    assertThat(events).containsExactly("failed: Input/output error");
    assertThatThrownBy(() -> apply(1, 1, 1, "one")).hasMessageContaining("Input/output error");
  }
}
