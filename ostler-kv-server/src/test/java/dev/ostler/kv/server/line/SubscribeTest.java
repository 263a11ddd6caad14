package dev.ostler.kv.server.line;

import static dev.ostler.kv.server.LineClient.CLOSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.LineClient;
import dev.ostler.kv.server.LineProtocol;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients of the line protocol that subscribe to the changes of a bucket. */
@ExtendWith(OstlerExtension.class)
class SubscribeTest {
  private static final int BACKLOG = 100_000;

  private final Kv kv =
      Kv.open(KvConfig.inMemory().with(LineProtocol.on(0).maxBacklogBytes(BACKLOG)));
  private final Bucket bucket = kv.create("b");

  @AfterEach
  void close() {
    kv.close();
  }

  /** A client that is subscribed to the bucket. */
  private LineClient subscriber() throws IOException {
    var client = new LineClient(kv.port("line"));
    client.subscribe(bucket, "SUBSCRIBE b\n");
    return client;
  }

  private static Pid process(LineClient client) {
    return Processes.list().stream()
        .filter(pid -> pid.label().equals("line connection /127.0.0.1:" + client.localPort()))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitEnd(Pid pid) {
    var ref = Self.monitor(pid);
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
        .isPresent();
    assertThat(pid.isAlive()).isFalse(); // this request shows that all others have been told, too
  }

  private String shown() {
    return Sys.status(bucket.pid(), Duration.ofSeconds(5)).state().orElseThrow().toString();
  }

  @Test
  void hear_of_puts_and_deletes_in_order() throws IOException {
    try (LineClient client = subscriber()) {
      bucket.put("k", "1");
      bucket.put("k", "1");
      bucket.delete("k");
      bucket.delete("k");
      bucket.get("k");
      bucket.put("käse", "2");

      assertThat(client.lines(5))
          .containsExactly("k SET TO 1", "k SET TO 1", "k DELETED", "k DELETED", "käse SET TO 2");
    }
  }

  @Test
  void hear_what_other_clients_do() throws IOException {
    try (LineClient client = subscriber();
        LineClient writer = new LineClient(kv.port("line"))) {
      assertThat(writer.send("PUT b k v\nDELETE b k\n").lines(2)).containsOnly("OK");

      assertThat(client.lines(2)).containsExactly("k SET TO v", "k DELETED");
    }
  }

  @Test
  void get_their_earlier_answers_first_and_no_later_ones() throws IOException {
    try (var client = new LineClient(kv.port("line"))) {
      client.subscribe(bucket, "CREATE c\nGET b k\nSUBSCRIBE b\nGET b k\nCREATE d\n");
      bucket.put("k", "v");

      assertThat(client.lines(4)).containsExactly("OK", "", "OK", "k SET TO v");
      assertThat(kv.names()).containsExactly("b", "c");
    }
  }

  @Test
  void leave_nothing_when_they_leave() throws IOException {
    LineClient client = subscriber();
    assertThat(shown()).endsWith("and 1 listeners");
    Pid writer =
        Processes.info(process(client)).orElseThrow().links().stream()
            .filter(pid -> pid.label().equals("line subscriber"))
            .findFirst()
            .orElseThrow();
    client.close();
    awaitEnd(writer);

    assertThat(shown()).endsWith("and 0 listeners");
  }

  @Test
  void are_disconnected_when_the_bucket_ends() throws IOException {
    try (LineClient client = subscriber()) {
      bucket.put("last", "1");
      kv.delete("b");

      assertThat(client.lines(2)).containsExactly("last SET TO 1", CLOSED);
    }
  }

  @Test
  void that_are_too_slow_are_disconnected_and_delay_no_other() throws IOException {
    try (LineClient slow = subscriber();
        LineClient quick = subscriber()) {
      Pid process = process(slow);
      String value = "x".repeat(10_000);
      var reader = Thread.ofVirtual().start(() -> readAll(quick));
      for (int i = 0; process.isAlive(); i++) { // until the kernel's buffers are full as well
        bucket.put("k", value + i);
      }

      assertThat(bucket.get("k")).isPresent();
      String line = slow.line();
      while (!line.equals(CLOSED)) {
        line = slow.line();
      }
      reader.interrupt();
    }
  }

  private static void readAll(LineClient client) {
    try {
      while (!client.line().equals(CLOSED)) {
        // Reads as fast as it can.
      }
    } catch (IOException e) {
      // Closed by the test.
    }
  }

  @Test
  void are_not_sent_a_change_that_does_not_fit_on_a_line() throws IOException {
    try (LineClient client = subscriber()) {
      bucket.put("k", "1\r\nforged SET TO 2");

      assertThat(client.line()).isEqualTo(CLOSED);
    }
  }

  @Test
  void end_with_their_own_writer_only() throws IOException {
    try (LineClient first = subscriber();
        LineClient second = subscriber()) {
      process(first).exit(ExitReason.KILL);

      assertThat(first.line()).isEqualTo(CLOSED);
      bucket.put("k", "1");
      assertThat(second.line()).isEqualTo("k SET TO 1");
    }
  }
}
