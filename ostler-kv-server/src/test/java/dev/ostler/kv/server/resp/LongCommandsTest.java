package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.CommandSpec.OfBucket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A command that takes long leaves the loop's thread to other clients. */
@ExtendWith(OstlerExtension.class)
class LongCommandsTest {
  private static final int FIELDS = 11_000;

  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = RespPeer.of(kv);
    for (int i = 0; i < FIELDS; i++) {
      client.send("HSET", "large", "f" + i, "v" + i);
    }
    client.replies(FIELDS);
  }

  @AfterEach
  void close() throws IOException {
    Probe.observer = null;
    client.close();
    kv.close();
  }

  /** The command is held at its first change, while clients of every loop ask something. */
  @ParameterizedTest
  @CsvSource({"COPY large new REPLACE, 1", "RENAME large new, OK"})
  void others_are_answered_while_it_runs(String line, String reply) throws Exception {
    assertThat(client.ask("SET", "new", "1")).isEqualTo("OK"); // to create it takes another thread
    var reached = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    var others = new ArrayList<RespPeer>();
    try {
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 1; i++) {
        others.add(RespPeer.of(kv));
        assertThat(others.getLast().ask("PING")).isEqualTo("PONG");
      }
      Probe.observer =
          step -> {
            if (step == Probe.Step.CHANGE && first.getAndSet(false)) {
              reached.countDown();
              await(release);
            }
          };
      client.send(line.split(" "));
      await(reached);
      for (RespPeer other : others) {
        assertThat(other.ask("PING")).isEqualTo("PONG");
      }
      release.countDown();
      assertThat(client.reply()).hasToString(reply);
      assertThat(client.ask("HLEN", "new")).isEqualTo((long) FIELDS);
    } finally {
      release.countDown();
      for (RespPeer other : others) {
        other.close();
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_dump_is_neither_written_nor_read_on_the_thread_of_a_loop() throws IOException {
    String dump = String.valueOf(client.ask("DUMP", "large"));
    assertThat(dump).hasSizeGreaterThan(64 * 1024);
    for (Args args :
        List.of(Args.of("DUMP", "large"), Args.of("RESTORE", "large", "0", dump, "REPLACE"))) {
      var out = new RespWriter(2);
      var body = (OfBucket) RespPeer.server(kv).commands().require(args).body();
      var task = new CommandTask(body, args, out, true);
      var _ = Store.of(kv).keyspace().with(args, 1, true, task);
      assertThatThrownBy(task::checkDone).isInstanceOf(Keyspace.WouldWait.class);
      assertThat(out.length()).isZero();
    }
    client.sendRaw(Bytes.array("*4\r\n$7\r\nRESTORE\r\n$3\r\nnew\r\n$1\r\n0\r\n"));
    client.sendRaw(Bytes.array("$" + dump.length() + "\r\n" + dump + "\r\n"));
    assertThat(client.reply()).isEqualTo("OK");
    assertThat(client.ask("HLEN", "new")).isEqualTo((long) FIELDS);
    assertThat(client.ask("HGET", "new", "f10000")).isEqualTo("v10000");
  }
}
