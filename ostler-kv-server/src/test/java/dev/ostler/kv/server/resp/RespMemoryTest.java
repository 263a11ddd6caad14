package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The memory limit of all RESP clients together. A request beyond it affects no other client. */
@ExtendWith(OstlerExtension.class)
class RespMemoryTest {
  private static final int LIMIT = 8 << 20;
  private static final Failure REFUSED = new Failure(CommandError.noMemory().text());

  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = RespPeer.of(kv);
    assertThat(does("CONFIG SET maxmemory-clients " + LIMIT)).isEqualTo("OK");
    assertThat(does("HSET h a 1")).isEqualTo(1L);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    kv.close();
  }

  private Object does(String line) throws IOException {
    return client.ask(line.split(" "));
  }

  private ClientMemory memory() {
    return RespPeer.server(kv).clientMemory();
  }

  /**
   * What clients take once their commands are done: a reply is written before its command's memory
   * is given back, so the last command is followed by one that needs none.
   */
  private long takenAtRest() throws IOException {
    assertThat(does("PING")).isEqualTo("PONG");
    return memory().taken();
  }

  /** Creates a hash of this size, with values of one megabyte. */
  private void large(String name, int megabytes) throws IOException {
    for (int i = 0; i < megabytes; i++) {
      assertThat(client.ask("HSET", name, "f" + i, "x".repeat(1 << 20))).isEqualTo(1L);
    }
  }

  @Test
  void a_count_that_is_larger_than_any_reply_is_refused_and_the_hash_stays() throws IOException {
    assertThat(does("HRANDFIELD h -100000000")).isEqualTo(REFUSED);
    assertThat(does("HRANDFIELD h -900000 WITHVALUES")).isEqualTo(REFUSED);
    assertThat(does("EXISTS h")).isEqualTo(1L);
    assertThat(takenAtRest()).isZero();
  }

  @Test
  void many_random_fields_are_drawn_while_the_hash_is_free_for_others() throws IOException {
    assertThat(does("HSET h b 2")).isEqualTo(1L);
    client.send("HRANDFIELD", "h", "-20000", "WITHVALUES");
    var drawn = (List<?>) client.reply();
    assertThat(drawn).hasSize(40_000);
    for (int i = 0; i < drawn.size(); i += 2) {
      assertThat(drawn.get(i + 1)).isEqualTo(drawn.get(i).equals("a") ? "1" : "2");
    }
    for (int i = 0; i < 11_000; i++) {
      client.send("HSET", "many", "f" + i, "v" + i);
    }
    client.replies(11_000);
    assertThat((List<?>) does("HRANDFIELD many 10500")).hasSize(10_500).doesNotHaveDuplicates();
    assertThat((List<?>) does("HRANDFIELD many 90000")).hasSize(11_000).doesNotHaveDuplicates();
    assertThat(does("MULTI")).isEqualTo("OK");
    assertThat(does("HRANDFIELD many -20000")).isEqualTo("QUEUED");
    assertThat(does("HKEYS many")).isEqualTo("QUEUED");
    var replies = (List<?>) does("EXEC");
    assertThat((List<?>) replies.get(0)).hasSize(20_000);
    assertThat((List<?>) replies.get(1)).hasSize(11_000).doesNotHaveDuplicates();
    assertThat((List<?>) does("HKEYS many")).hasSize(11_000);
  }

  @Test
  void a_large_hash_is_not_read_as_a_whole_and_stays() throws IOException {
    large("large", 16);
    for (String command : List.of("HGETALL large", "HVALS large", "DUMP large")) {
      assertThat(does(command)).as(command).isEqualTo(REFUSED);
    }
    assertThat(does("HLEN large")).isEqualTo(16L);
    assertThat(does("HGET large f0")).asString().hasSize(1 << 20);
    assertThat(does("PING")).isEqualTo("PONG");
    assertThat(takenAtRest()).isZero();
  }

  @Test
  void a_value_whose_reply_has_no_room_is_neither_dropped_nor_replaced() throws IOException {
    large("large", 1);
    assertThat(client.ask("SET", "text", "x".repeat(1 << 20))).isEqualTo("OK");
    assertThat(does("CONFIG SET maxmemory-clients 700kb")).isEqualTo("OK");
    for (String command :
        List.of(
            "GETDEL text",
            "GETEX text EX 10",
            "GETSET text v",
            "SET text v GET",
            "HGETDEL large FIELDS 1 f0",
            "HGETEX large EX 10 FIELDS 1 f0",
            "MGET text h")) {
      assertThat(does(command)).as(command).isEqualTo(REFUSED);
    }
    assertThat(does("STRLEN text")).isEqualTo(1L << 20);
    assertThat(does("TTL text")).isEqualTo(-1L);
    assertThat(does("HSTRLEN large f0")).isEqualTo(1L << 20);
    assertThat(String.valueOf(does("HTTL large FIELDS 1 f0"))).isEqualTo("[-1]");
  }

  @Test
  void a_transaction_without_end_is_refused_and_takes_nothing_then() throws IOException {
    assertThat(does("MULTI")).isEqualTo("OK");
    Object reply = "QUEUED";
    int queued = 0;
    for (; reply.equals("QUEUED"); queued++) {
      reply = client.ask("SET", "k" + queued, "x".repeat(10_000));
    }
    assertThat(reply).isEqualTo(REFUSED);
    assertThat(queued).isBetween(600, 900);
    assertThat(does("EXEC").toString()).contains("EXECABORT");
    assertThat(does("EXISTS k0")).isEqualTo(0L);
    assertThat(takenAtRest()).isZero();
  }

  /** Each command takes a little memory in addition to its arguments. */
  @Test
  void small_commands_without_end_count_too() throws IOException {
    assertThat(does("MULTI")).isEqualTo("OK");
    for (int i = 0; i < 120_000; i++) {
      client.send("PING");
    }
    assertThat(client.replies(120_000)).contains("QUEUED", REFUSED);
    assertThat(does("DISCARD")).isEqualTo("OK");
    assertThat(takenAtRest()).isZero();
  }

  @Test
  void replies_that_clients_do_not_read_have_a_total_limit_and_others_are_served()
      throws IOException {
    String large = "x".repeat(20 << 20);
    assertThat(does("CONFIG SET maxmemory-clients 100mb")).isEqualTo("OK");
    assertThat(client.ask("SET", "large", large)).isEqualTo("OK");
    var deaf = new ArrayList<RespPeer>();
    try {
      for (int i = 0; i < 12; i++) {
        deaf.add(RespPeer.of(kv).send("GET", "large"));
        while (deaf.getLast().hasHeardNothing()) { // until its reply takes memory, or is a refusal
          assertThat(does("HGET h a")).isEqualTo("1");
        }
        assertThat(memory().taken()).isLessThanOrEqualTo(100 << 20);
      }
      int refused = 0;
      for (RespPeer each : deaf) {
        Object reply = each.reply();
        assertThat(reply).isIn(large, REFUSED);
        refused += reply.equals(REFUSED) ? 1 : 0;
      }
      assertThat(refused).isBetween(1, 11);
      assertThat(deaf.getLast().ask("GET", "large")).isEqualTo(large);
    } finally {
      for (RespPeer each : deaf) {
        each.close();
      }
    }
    assertThat(does("STRLEN large")).isEqualTo(20L << 20);
  }

  @Test
  void a_command_that_is_too_large_is_refused_and_other_clients_are_served() throws IOException {
    try (RespPeer other = RespPeer.of(kv)) {
      other.sendRaw(Bytes.array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6000000\r\n"));
      Object reply;
      try {
        other.sendRaw(new byte[6_000_002]);
        reply = other.reply();
      } catch (IOException e) { // closed while it was still sending
        reply = REFUSED;
      }
      assertThat(reply).isEqualTo(REFUSED);
      assertThat(other.isClosed()).isTrue();
    }
    assertThat(does("EXISTS k")).isEqualTo(0L);
    assertThat(client.ask("SET", "k", "x".repeat(1_000_000))).isEqualTo("OK");
  }

  @Test
  void too_many_channels_are_refused_and_none_of_the_command_is_subscribed() throws IOException {
    var words = new ArrayList<>(List.of("SUBSCRIBE"));
    for (int i = 0; i < 100_000; i++) {
      words.add("c" + i);
    }
    try (RespPeer other = RespPeer.of(kv)) {
      assertThat(other.ask(words.toArray(String[]::new))).isEqualTo(REFUSED);
      assertThat(other.ask("PING")).isEqualTo("PONG");
    }
    assertThat((List<?>) does("PUBSUB CHANNELS")).isEmpty();
    words.set(0, "WATCH");
    assertThat(client.ask(words.toArray(String[]::new))).isEqualTo(REFUSED);
    assertThat(takenAtRest()).isZero();
  }

  @Test
  void a_message_counts_once_however_many_clients_will_get_it() throws IOException {
    int length = 1 << 20;
    assertThat(does("CONFIG SET maxmemory-clients 0")).isEqualTo("OK");
    var deaf = new ArrayList<RespPeer>();
    try {
      for (int i = 0; i < 10; i++) {
        deaf.add(RespPeer.of(kv));
        assertThat(deaf.getLast().ask("SUBSCRIBE", "news")).isNotNull();
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.ask("PUBLISH", "news", "x".repeat(length))).isEqualTo(10L);
      }
      long unwritten =
          RespPeer.server(kv).clients().values().stream()
              .mapToLong(each -> each.info().bytes())
              .sum();
      String told = String.valueOf(does("INFO memory"));
      long counted = Long.parseLong(told.replaceAll("(?s).*used_memory_clients:(\\d+).*", "$1"));
      long each = Footprint.array(length + 100);
      assertThat(memory().messages()).isBetween(10L * each, 20L * each);
      assertThat(counted).isLessThan(20L * each + 2 * unwritten + 10L * each);
    } finally {
      for (RespPeer each : deaf) {
        each.close();
      }
    }
  }

  @Test
  void a_refusal_that_quotes_a_long_argument_is_short_and_no_bucket_ends() throws IOException {
    String word = "x".repeat(300_000);
    assertThat(does("CONFIG SET maxmemory-clients 900000")).isEqualTo("OK");
    assertThat(client.ask("EXPIRE", "h", "10", word).toString())
        .contains("Unsupported option xxx", "xxx...")
        .hasSizeLessThan(2000);
    assertThat(does("HGET h a")).isEqualTo("1");
  }

  /** The client's process writes it, so the bucket's process needs no memory for it. */
  @Test
  void a_refusal_is_not_written_in_the_process_of_the_bucket() {
    var out = new RespWriter(2);
    var why = new CommandError("ERR no");
    var job =
        new CommandTask(
            (bucket, args, to) -> {
              throw why;
            },
            Args.of("any"),
            out,
            false);
    var _ = Store.of(kv).keyspace().with("h", false, job);
    assertThat(out.array()).isEmpty();
    assertThatThrownBy(job::checkAccepted).isSameAs(why);
  }

  /**
   * For commands that find no memory in a bucket's process, although that could not be known
   * before.
   */
  @Test
  void a_command_that_fails_affects_no_other_if_it_has_changed_nothing() {
    for (Error failure :
        List.of(
            new OutOfMemoryError("of a test"),
            new StackOverflowError(),
            new NoClassDefFoundError("of a test"))) {
      var out = new RespWriter(2);
      var job =
          new CommandTask(
              (bucket, args, to) -> {
                to.ok();
                throw failure;
              },
              Args.of("any"),
              out,
              false);
      var _ = Store.of(kv).keyspace().with("h", false, job);
      assertThatThrownBy(job::checkAccepted)
          .isInstanceOf(CommandError.class)
          .hasMessage(CommandError.undone(failure).text());
    }
    assertThat(kv.lookup("h").orElseThrow().get("a")).contains("1");
  }
}
