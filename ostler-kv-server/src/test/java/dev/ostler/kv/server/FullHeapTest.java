package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Probe;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A bucket in memory survives if there is no memory for a request, wherever in it that is. It also
 * survives another error there.
 */
@ExtendWith(OstlerExtension.class)
class FullHeapTest {
  private static final List<Supplier<? extends Error>> FAILURES =
      List.of(() -> new OutOfMemoryError("of a test"), () -> new NoClassDefFoundError("of a test"));

  /** So many steps from now on, one fails; 0 for none. */
  private final AtomicInteger left = new AtomicInteger();

  private volatile Supplier<? extends Error> failure = FAILURES.getFirst();

  private final CountDownLatch expired = new CountDownLatch(1);
  private Kv kv;

  @BeforeEach
  void open() {
    KvConfig config = KvConfig.inMemory();
    kv =
        TestKv.open(
            config.with(Resp.on(0)).with(LineProtocol.on(0)),
            new Environment(
                config.limits(),
                () -> {
                  step();
                  return System.currentTimeMillis();
                },
                new LongAdder(),
                (bucket, type, event) -> {
                  step();
                  if (event.equals("hexpired")) {
                    expired.countDown();
                  }
                }));
    Probe.observer = _ -> step();
  }

  @AfterEach
  void close() {
    Probe.observer = null;
    kv.close();
  }

  private void step() {
    if (left.get() > 0 && left.decrementAndGet() == 0) {
      throw failure.get();
    }
  }

  /** Sends something to the server. */
  private interface Client {
    void run() throws IOException;
  }

  /** Lets the first step fail, then the second one, and so on, until there are no more steps. */
  private void everywhere(Client request) throws IOException {
    for (Supplier<? extends Error> each : FAILURES) {
      failure = each;
      atEachStep(request);
    }
  }

  private void atEachStep(Client request) throws IOException {
    boolean failed = true;
    for (int at = 1; failed; at++) {
      try (RespPeer peer = RespPeer.of(kv)) {
        peer.ask("DEL", "h", "t", "i");
        peer.ask("HSET", "h", "precious", "1", "f", "2");
        peer.ask("HPEXPIRE", "h", "1000000", "FIELDS", "1", "f");
        peer.ask("SET", "t", "text", "PX", "1000000");
      }
      left.set(at);
      request.run();
      failed = left.getAndSet(0) == 0;
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(other.ask("HGET", "h", "precious")).as("step %d", at).isEqualTo("1");
        assertThat(other.ask("GET", "t").toString()).as("step %d", at).startsWith("te");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HGET h f",
        "HSET h f v",
        "HSET h f v g w",
        "HDEL h f",
        "HPEXPIRE h 500000 FIELDS 1 f",
        "EXPIRE h 1000",
        "GET t",
        "APPEND t x",
        "GETEX t EX 100",
        "KV.CREATE h",
        "KV.WATCH h",
        "WATCH h t",
        "MGET h t",
        "MSET t test u 2",
        "COPY h i REPLACE"
      })
  void of_a_command_of_RESP(String command) throws IOException {
    everywhere(
        () -> {
          try (RespPeer peer = RespPeer.of(kv)) {
            assertThat(peer.ask(command.split(" "))).isNotEqualTo("");
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET h f", "PUT h f v", "PUT h g v", "DELETE h f", "CREATE h"})
  void of_the_line_protocol(String line) throws IOException {
    everywhere(
        () -> {
          try (LineClient client = new LineClient(kv.port("line"))) {
            assertThat(client.ask(line)).isNotNull();
          }
        });
  }

  @Test
  void of_the_library_which_says_that_nothing_was_done() {
    Bucket bucket = kv.create("h");
    bucket.put("precious", "1");
    left.set(1);

    assertThatThrownBy(() -> bucket.put("f", "v")).isInstanceOf(KvException.Undone.class);
    assertThat(bucket.entries()).containsOnlyKeys("precious");
  }

  @Test
  void of_its_timer_which_is_set_again() throws Exception {
    try (RespPeer peer = RespPeer.of(kv)) {
      var changes = new AtomicInteger();
      assertThat(peer.ask("HSET", "h", "precious", "1", "f", "2")).isEqualTo(2L);
      Probe.observer =
          step -> {
            int change = step == Probe.Step.CHANGE ? changes.incrementAndGet() : 0;
            if (change == 2 || change == 3) { // the first one is the command's
              throw new OutOfMemoryError("of a test");
            }
          };
      assertThat(peer.ask("HPEXPIRE", "h", "20", "FIELDS", "1", "f").toString()).isEqualTo("[1]");

      assertThat(expired.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(changes.get()).isEqualTo(4);
      assertThat(peer.ask("HGETALL", "h").toString()).isEqualTo("[precious, 1]");
    }
  }
}
