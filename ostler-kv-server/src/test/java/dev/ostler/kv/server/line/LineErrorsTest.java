package dev.ostler.kv.server.line;

import static dev.ostler.kv.server.LineClient.CLOSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.LineClient;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.LogLines;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Errors that end a client of the line protocol: it gets ERROR, the connection is closed, and the
 * log has the reason.
 */
@ExtendWith(OstlerExtension.class)
class LineErrorsTest {
  private final LogLines log = new LogLines();

  @AfterEach
  void close() {
    log.close();
  }

  /** The reason in the log message about this client. */
  private String logged(LineClient client) throws InterruptedException {
    String beginning = "line connection /127.0.0.1:" + client.localPort() + " was closed: ";
    return log.next(beginning).substring(beginning.length());
  }

  private static void refused(LineClient client) throws IOException {
    assertThat(client.lines(2)).containsExactly("ERROR", CLOSED);
    client.close();
  }

  @Nested
  class A_bucket_that_does_not_answer {
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET b k", "PUT b k v", "DELETE b k", "CREATE b", "SUBSCRIBE b"})
    void is_an_error_after_five_seconds_for_the_asking_client(String command) throws Exception {
      ManualClock clock = ManualClock.install();
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
          var bad = new LineClient(kv.port("line"));
          var good = new LineClient(kv.port("line"))) {
        assertThat(good.send("CREATE b\nCREATE c\n").lines(2)).containsOnly("OK");
        Pid bucket = kv.lookup("b").orElseThrow().pid();
        Sys.suspend(bucket);
        int before = clock.pending();
        bad.send(command + "\n");
        // The request waits at the bucket, and its time runs: not that of one to the registry.
        while (Processes.info(bucket).orElseThrow().queued() == 0 || clock.pending() == before) {
          Thread.onSpinWait(); // ends with the test, at the latest
        }
        clock.advance(Duration.ofSeconds(5));

        refused(bad);
        assertThat(logged(bad)).contains("no reply from " + bucket, "within 5000 ms");
        assertThat(good.send("PUT c k v\nGET c k\n").lines(3)).containsExactly("OK", "v", "OK");
        Sys.resume(bucket);
        assertThat(good.ask("PUT b k w")).isEqualTo("OK");
      }
    }
  }

  @Nested
  class A_heap_that_is_full {
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"CREATE c", "PUT b k v"})
    void is_an_error_for_the_client_that_needs_more_of_it(String command) throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
          var bad = new LineClient(kv.port("line"));
          var good = new LineClient(kv.port("line"))) {
        assertThat(good.ask("CREATE b")).isEqualTo("OK");
        Store.of(kv).keyspace().environment().memory().add(Runtime.getRuntime().maxMemory());
        bad.send(command + "\n");
        refused(bad);
        assertThat(logged(bad)).contains("as much of the heap as they may");
        assertThat(good.send("DELETE b k\nGET b k\n").lines(3)).containsExactly("OK", "", "OK");
      }
    }
  }

  @Nested
  class A_bucket_that_does_not_start {
    @Test
    void is_an_error_for_the_client_that_creates_it() throws Exception {
      try (Kv kv =
              TestKv.open(
                  KvConfig.inMemory().with(LineProtocol.on(0)),
                  () -> {
                    throw new IllegalStateException("no memory for it");
                  });
          var bad = new LineClient(kv.port("line"));
          var good = new LineClient(kv.port("line"))) {
        bad.send("CREATE b\nGET b k\n");

        refused(bad);
        assertThat(logged(bad)).contains("b", "no memory for it");
        assertThat(good.ask("GET b k")).isEqualTo("NOT FOUND");
      }
    }
  }

  @Nested
  class A_limit {
    @Test
    void is_named_in_the_log() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)).maxBuckets(1));
          var client = new LineClient(kv.port("line"))) {
        client.send("CREATE b\nCREATE c\n");

        assertThat(client.line()).isEqualTo("OK");
        refused(client);
        assertThat(logged(client)).isEqualTo("no new bucket c: there are 1 already, the limit");
      }
    }

    @Test
    void of_a_line_is_named_in_the_log() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
          var client = new LineClient(kv.port("line"))) {
        client.send("x".repeat(LineReader.LIMIT + 1));

        refused(client);
        assertThat(logged(client)).isEqualTo("a line is longer than 65536 bytes");
      }
    }

    @Test
    void of_connections_is_named_in_the_log() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0).maxConnections(1)));
          var first = new LineClient(kv.port("line"))) {
        assertThat(first.ask("CREATE b")).isEqualTo("OK");
        try (var second = new LineClient(kv.port("line"))) {
          refused(second);
          assertThat(logged(second)).isEqualTo("there are 1 connections already, the limit");
        }
      }
    }
  }
}
