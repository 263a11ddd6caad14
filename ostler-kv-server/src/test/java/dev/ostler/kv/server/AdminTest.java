package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Child;
import dev.ostler.Down;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Shutdown;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.JournalTurn;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin endpoint, as a program that watches the store sees it. */
@ExtendWith(OstlerExtension.class)
class AdminTest {
  /** Longer than anything that works takes, and waited for only where something does not. */
  private static final Duration LONG = Duration.ofSeconds(30);

  private static final Duration SHORT = Duration.ofMillis(50);

  private static final Admin ADMIN = Admin.on(0).answerTime(LONG);

  private static HttpPeer get(Kv kv, String path) throws IOException {
    return HttpPeer.get(kv.port("admin"), path);
  }

  @Nested
  class Metrics {
    private final Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)).with(ADMIN));

    @AfterEach
    void close() {
      kv.close();
    }

    @Test
    void count_commands_by_name() throws IOException {
      try (RespPeer peer = RespPeer.of(kv)) {
        for (int i = 0; i < 7; i++) {
          assertThat(peer.ask("SET", "k" + i, "v")).isEqualTo("OK");
        }
        assertThat(peer.ask("HGET", "k0", "f")).asString().contains("WRONGTYPE");
        assertThat(peer.ask("SET")).asString().contains("ERR wrong number");
        assertThat(peer.ask("GET", "none")).isNull();
        HttpPeer metrics = get(kv, "/metrics");

        assertThat(metrics.value("kv_commands_total{command=\"set\"}")).isEqualTo(7);
        assertThat(metrics.value("kv_commands_total{command=\"hget\"}")).isOne();
        assertThat(metrics.value("kv_command_failures_total{command=\"hget\"}")).isOne();
        assertThat(metrics.value("kv_command_failures_total{command=\"set\"}")).isZero();
        assertThat(metrics.value("kv_command_rejections_total{command=\"set\"}")).isOne();
        assertThat(metrics.value("kv_command_seconds_total{command=\"set\"}")).isPositive();
        assertThat(metrics.value("kv_error_replies_total{code=\"WRONGTYPE\"}")).isOne();
        assertThat(metrics.value("kv_misses_total")).isOne();
        assertThat(metrics.body()).doesNotContain("command=\"incr\"");
      }
    }

    @Test
    void tell_how_long_commands_took_by_class() throws IOException {
      try (RespPeer peer = RespPeer.of(kv)) {
        for (int i = 0; i < 7; i++) {
          assertThat(peer.ask("SET", "k" + i, "v")).isEqualTo("OK");
        }
        HttpPeer metrics = get(kv, "/metrics");
        String name = "kv_command_duration_seconds";

        assertThat(metrics.value(name + "_count{command=\"set\"}")).isEqualTo(7);
        assertThat(metrics.value(name + "_bucket{command=\"set\",le=\"+Inf\"}")).isEqualTo(7);
        assertThat(metrics.value(name + "_bucket{command=\"set\",le=\"4.294967296\"}"))
            .isBetween(1.0, 7.0);
        assertThat(metrics.value(name + "_sum{command=\"set\"}"))
            .isEqualTo(metrics.value("kv_command_seconds_total{command=\"set\"}"));
        assertThat(metrics.body().lines())
            .filteredOn(line -> line.startsWith(name + "_bucket{command=\"set\""))
            .hasSize(13);
      }
    }

    @Test
    void count_what_processes_do() throws IOException {
      HttpPeer before = get(kv, "/metrics");
      Agent<Integer> agent = Agent.of(() -> 0).start();
      for (int i = 0; i < 100; i++) {
        agent.update(n -> n + 1);
      }
      assertThatThrownBy(() -> agent.get(n -> agent.get(m -> m)))
          .isInstanceOf(CallException.Exited.class); // it crashes over the cycle
      agent.cast(n -> n);
      HttpPeer after = get(kv, "/metrics");

      assertThat(more("ostler_process_exits_total{reason=\"crash\"}", before, after)).isOne();
      assertThat(more("ostler_process_starts_total", before, after)).isPositive();
      assertThat(more("ostler_calls_total", before, after)).isGreaterThanOrEqualTo(102);
      assertThat(more("ostler_callbacks_total", before, after)).isGreaterThanOrEqualTo(101);
      assertThat(more("ostler_call_cycles_total", before, after)).isOne();
      assertThat(more("ostler_call_unanswered_total", before, after)).isOne();
      assertThat(more("ostler_call_timeouts_total", before, after)).isZero();
      assertThat(more("ostler_process_restarts_total", before, after)).isZero();
      assertThat(more("ostler_dead_letters_total", before, after)).isOne();
      for (String each : List.of("call_duration", "call_wait", "callback_duration")) {
        assertThat(more("ostler_" + each + "_seconds_count", before, after))
            .isGreaterThanOrEqualTo(5); // one in sixteen
        assertThat(more("ostler_" + each + "_seconds_sum", before, after)).isPositive();
      }
      assertThat(after.value("ostler_scheduler_queued")).isNotNegative();
      assertThat(after.value("ostler_mailbox_messages"))
          .isGreaterThanOrEqualTo(after.value("ostler_mailbox_longest"));
      assertThat(after.body()).contains("jvm_gc_collections_total{gc=", "jvm_gc_seconds_total{gc=");
    }

    private double more(String name, HttpPeer before, HttpPeer after) {
      return after.value(name) - before.value(name);
    }

    @Test
    void are_of_clients_together_however_many_there_are() throws IOException {
      try (var measured = dev.ostler.Metrics.open();
          Kv both = Kv.open(KvConfig.inMemory().with(Resp.on(0)).with(LineProtocol.on(0)));
          RespPeer first = RespPeer.of(both);
          RespPeer second = RespPeer.of(both);
          LineClient line = new LineClient(both.port("line"))) {
        assertThat(first.ask("PING")).isEqualTo("PONG");
        assertThat(second.ask("PING")).isEqualTo("PONG");
        assertThat(line.ask("CREATE b")).isEqualTo("OK");
        var byLabel = measured.snapshot().byLabel();

        assertThat(byLabel.get("resp client").started()).isEqualTo(2);
        assertThat(byLabel.get("line connection").started()).isOne();
        assertThat(byLabel.keySet()).noneMatch(label -> label.contains("127.0.0.1"));
      }
    }

    @Test
    void count_buckets_and_what_they_take() throws IOException {
      double before = get(kv, "/metrics").value("kv_buckets_memory_bytes");
      try (RespPeer peer = RespPeer.of(kv)) {
        assertThat(peer.ask("SET", "a", "x".repeat(10_000))).isEqualTo("OK");
        assertThat(peer.ask("SET", "b", "x", "EX", "1000")).isEqualTo("OK");
        HttpPeer metrics = get(kv, "/metrics");

        assertThat(metrics.value("kv_buckets")).isEqualTo(2);
        assertThat(metrics.value("kv_buckets_in_memory")).isEqualTo(2);
        assertThat(metrics.value("kv_buckets_in_memory_with_deadline")).isOne();
        assertThat(metrics.value("kv_buckets_memory_bytes")).isGreaterThan(before + 10_000);
        assertThat(metrics.value("kv_durable")).isZero();
      }
    }

    @Test
    void count_clients_and_what_they_send() throws IOException {
      try (RespPeer peer = RespPeer.of(kv)) {
        assertThat(peer.ask("AUTH", "nobody", "wrong")).asString().contains("WRONGPASS");
        HttpPeer metrics = get(kv, "/metrics");

        assertThat(metrics.value("kv_resp_connections")).isOne();
        assertThat(metrics.value("kv_resp_accepted_connections_total")).isOne();
        assertThat(metrics.value("kv_resp_denials_total{reason=\"auth\"}")).isOne();
        assertThat(metrics.value("kv_resp_denials_total{reason=\"key\"}")).isZero();
        assertThat(metrics.value("kv_resp_received_bytes_total"))
            .isEqualTo(RespPeer.encoded("AUTH", "nobody", "wrong").length);
        assertThat(metrics.value("kv_resp_sent_bytes_total")).isPositive();
      }
    }

    @Test
    void tell_of_the_processes_and_the_jvm() throws IOException {
      HttpPeer metrics = get(kv, "/metrics");

      assertThat(metrics.value("ostler_processes")).isGreaterThan(5);
      assertThat(metrics.value("jvm_memory_used_bytes{area=\"heap\"}")).isPositive();
      assertThat(metrics.value("process_start_time_seconds"))
          .isBetween(1.7e9, System.currentTimeMillis() / 1e3);
    }

    @Test
    void count_crashes() throws IOException {
      String crashes = "ostler_events_total{event=\"crash\"}";
      assertThat(Events.flush(LONG)).isTrue();
      double before = get(kv, "/metrics").value(crashes);
      Pid crashing =
          Processes.spawn(
              () -> {
                Self.receive();
                throw new IllegalStateException("planted");
              });
      var _ = Self.monitor(crashing);
      crashing.send("now");
      var _ = Self.receive(Down.class);
      assertThat(Events.flush(LONG)).isTrue();

      assertThat(get(kv, "/metrics").value(crashes)).isEqualTo(before + 1);
    }

    @Test
    void have_the_type_that_prometheus_asks_for() throws IOException {
      assertThat(get(kv, "/metrics").head())
          .contains("content-type: text/plain; version=0.0.4; charset=utf-8");
    }

    /** Every word that a client may send is a known command, or is not counted by name. */
    @Test
    void do_not_grow_with_what_clients_send() throws IOException {
      try (RespPeer peer = RespPeer.of(kv)) {
        assertThat(peer.ask("PING")).isEqualTo("PONG");
        long before = get(kv, "/metrics").body().lines().count();
        for (int i = 0; i < 200; i++) {
          assertThat(peer.ask("NOSUCH" + i)).asString().contains("ERR unknown command");
          assertThat(peer.ask("PING", "word" + i)).isEqualTo("word" + i);
        }
        // the code ERR is new
        assertThat(get(kv, "/metrics").body().lines().count()).isBetween(before, before + 3);
      }
    }

    @Test
    void are_told_as_far_as_possible_if_a_part_fails() throws IOException {
      Store.of(kv)
          .add(
              to -> {
                to.gauge("kv_first", "Told before the failure.", 1);
                throw new IllegalStateException("planted");
              });
      HttpPeer metrics = get(kv, "/metrics");

      assertThat(metrics.status()).isEqualTo(200);
      assertThat(metrics.value("kv_metrics_failures_total")).isOne();
      assertThat(metrics.value("kv_buckets")).isZero();
      assertThat(get(kv, "/health/ready").status()).isEqualTo(200);
    }

    @Test
    void that_cannot_be_told_at_all_harm_nobody() throws IOException {
      Store.of(kv).add(to -> to.gauge("", "A name that is none.", 1));

      assertThat(get(kv, "/metrics").status()).isEqualTo(500);
      try (RespPeer peer = RespPeer.of(kv)) {
        assertThat(peer.ask("PING")).isEqualTo("PONG");
      }
      assertThat(get(kv, "/health/ready").status()).isEqualTo(200);
    }

    @Test
    void are_told_to_a_few_at_a_time() throws Exception {
      var reached = new CountDownLatch(4);
      var released = new CountDownLatch(1);
      Store.of(kv)
          .add(
              to -> {
                reached.countDown();
                try {
                  released.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      var slow = Stream.generate(() -> Task.async(() -> get(kv, "/metrics"))).limit(4).toList();
      reached.await();

      assertThat(get(kv, "/metrics").status()).isEqualTo(503);
      assertThat(get(kv, "/health/ready").status()).isEqualTo(200);
      released.countDown();
      for (Task<HttpPeer> scrape : slow) {
        assertThat(scrape.await(LONG).status()).isEqualTo(200);
      }
    }

    @Test
    void pass_the_checks_of_prometheus() throws Exception {
      boolean isThere =
          Stream.of(System.getenv("PATH").split(File.pathSeparator))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
      assumeThat(isThere).describedAs("no promtool, which is in the package prometheus").isTrue();
      try (RespPeer peer = RespPeer.of(kv)) {
        assertThat(peer.ask("SET", "a", "1")).isEqualTo("OK");
        Process check =
            new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
        try (var input = check.outputWriter(StandardCharsets.UTF_8)) {
          input.write(get(kv, "/metrics").body());
        }
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(said).isEmpty();
        assertThat(check.waitFor()).isZero();
      }
    }
  }

  @Test
  void metrics_count_clients_that_were_turned_away() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0).maxConnections(1)).with(ADMIN));
        RespPeer first = RespPeer.of(kv)) {
      assertThat(first.ask("PING")).isEqualTo("PONG");
      try (RespPeer second = RespPeer.of(kv)) {
        assertThat(second.reply()).asString().contains("max number of clients");
      }
      assertThat(get(kv, "/metrics").value("kv_resp_rejected_connections_total")).isOne();
    }
  }

  @Test
  void metrics_count_clients_of_the_line_protocol() throws IOException {
    try (Kv kv =
            Kv.open(KvConfig.inMemory().with(LineProtocol.on(0).maxConnections(1)).with(ADMIN));
        LineClient first = new LineClient(kv.port("line"))) {
      assertThat(first.ask("CREATE b")).isEqualTo("OK");
      try (LineClient second = new LineClient(kv.port("line"))) {
        assertThat(second.line()).isEqualTo("ERROR");
      }
      HttpPeer metrics = get(kv, "/metrics");

      assertThat(metrics.value("kv_line_accepted_connections_total")).isOne();
      assertThat(metrics.value("kv_line_rejected_connections_total")).isOne();
      assertThat(metrics.value("kv_line_connections")).isBetween(1.0, 2.0); // the second may linger
    }
  }

  @Nested
  class Of_a_durable_store {
    private final KeptStore kept = new KeptStore(config -> config.sync(Sync.ALWAYS).with(ADMIN));

    @AfterEach
    void close() throws IOException {
      kept.close();
    }

    private HttpPeer get(String path) throws IOException {
      return AdminTest.get(kept.kv(), path);
    }

    @Test
    void metrics_tell_of_the_journal() throws IOException {
      assertThat(kept.peer().ask("HSET", "b", "f", "v")).isEqualTo(1L);
      HttpPeer metrics = get("/metrics");

      assertThat(metrics.value("kv_durable")).isOne();
      assertThat(metrics.value("kv_buckets")).isOne();
      assertThat(metrics.value("kv_journal_pending_bytes")).isZero();
      assertThat(metrics.value("kv_journal_appends_total")).isOne();
      assertThat(metrics.value("kv_journal_syncs_total")).isOne();
      assertThat(metrics.value("kv_journal_sync_seconds_total")).isPositive();
      assertThat(metrics.value("kv_journal_failed")).isZero();
      assertThat(metrics.value("kv_damaged_reads_total")).isZero();
    }

    @Test
    void metrics_count_buckets_that_leave_memory() throws IOException {
      assertThat(kept.peer().ask("HSET", "b", "f", "v")).isEqualTo(1L);
      kept.rest("b");
      HttpPeer metrics = get("/metrics");

      assertThat(metrics.value("kv_evictions_total")).isOne();
      assertThat(metrics.value("kv_buckets")).isOne();
    }

    @Test
    void a_disk_that_fails_makes_it_not_ready() throws IOException {
      assertThat(get("/health/ready").status()).isEqualTo(200);
      kept.store().fail(FaultyStore.Call.APPEND, 1, FaultyStore.EIO);
      assertThat(kept.peer().ask("HSET", "b", "f", "v")).asString().contains("MISCONF");

      assertThat(get("/health/ready"))
          .returns(503, HttpPeer::status)
          .extracting(HttpPeer::body)
          .asString()
          .contains(FaultyStore.EIO)
          .hasLineCount(1);
      assertThat(get("/health/live").status()).isEqualTo(200);
      assertThat(get("/metrics").value("kv_journal_failed")).isOne();
    }

    @Test
    void a_full_disk_makes_it_not_ready_until_there_is_room() throws IOException {
      kept.store().room(0);
      JournalTurn.await(TestKv.journal(kept.kv()));
      assertThat(get("/health/ready"))
          .returns(503, HttpPeer::status)
          .returns("the disk is full: nothing is changed until there is room\n", HttpPeer::body);
      assertThat(get("/metrics").value("kv_journal_disk_full")).isOne();
      assertThat(get("/health/live").status()).isEqualTo(200);
      kept.store().room(Long.MAX_VALUE);
      JournalTurn.await(TestKv.journal(kept.kv()));
      assertThat(get("/health/ready").status()).isEqualTo(200);
    }
  }

  @Test
  void a_disk_that_hangs_makes_it_not_ready_until_it_goes_on() throws IOException {
    try (var kept =
        new KeptStore(config -> config.sync(Sync.ALWAYS).with(ADMIN.answerTime(SHORT)))) {
      KeptStore.Hold hold = kept.hold(FaultyStore.Call.SYNC);
      RespPeer peer = kept.peer().send("HSET", "b", "f", "v");
      hold.awaitReached();

      for (int i = 0; i < 3; i++) {
        assertThat(get(kept.kv(), "/health/ready"))
            .returns(503, HttpPeer::status)
            .extracting(HttpPeer::body)
            .asString()
            .startsWith("the disk is too slow");
      }
      hold.release();
      assertThat(peer.reply()).isEqualTo(1L);
      assertThat(get(kept.kv(), "/health/ready").body()).isEqualTo("ready\n");
    }
  }

  @Nested
  class Health {
    /** The process of the only endpoint. */
    private static Pid process(Kv kv) {
      return TestKv.supervisor(kv).children().getFirst().pid().orElseThrow();
    }

    @Test
    void is_good_at_first() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN))) {
        assertThat(get(kv, "/health/live"))
            .returns(200, HttpPeer::status)
            .returns("live\n", HttpPeer::body);
        assertThat(get(kv, "/health/ready"))
            .returns(200, HttpPeer::status)
            .returns("ready\n", HttpPeer::body);
      }
    }

    @Test
    void is_bad_while_a_process_does_not_answer() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN.answerTime(SHORT)))) {
        Pid process = process(kv);
        Sys.suspend(process);
        for (String path : List.of("/health/live", "/health/ready")) {
          assertThat(get(kv, path))
              .returns(503, HttpPeer::status)
              .extracting(HttpPeer::body)
              .asString()
              .startsWith("a process does not answer: ")
              .hasLineCount(1);
        }
        Sys.resume(process);
      }
    }

    @Test
    void survives_a_crash_of_that_process() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN))) {
        process(kv).exit(ExitReason.KILL);
        var _ = TestKv.supervisor(kv).count(); // is answered after the restart

        assertThat(get(kv, "/health/live").status()).isEqualTo(200);
      }
    }

    @Test
    void does_not_include_commands_while_the_registry_does_not_answer() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN.answerTime(SHORT)))) {
        Pid registry = Store.of(kv).registry().pid();
        Sys.suspend(registry);
        assertThat(get(kv, "/health/ready"))
            .returns(503, HttpPeer::status)
            .extracting(HttpPeer::body)
            .asString()
            .startsWith("the registry of buckets does not answer: ");
        assertThat(get(kv, "/health/live").status()).isEqualTo(200);
        Sys.resume(registry);
      }
    }

    @Test
    void of_a_store_that_closes_is_not_ready_but_live() throws Exception {
      var hold = new KeptStore.Hold();
      Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN).with(new Lingering(hold)));
      Thread closing = Thread.ofVirtual().start(kv::close);
      hold.awaitReached();

      assertThat(get(kv, "/health/ready"))
          .returns(503, HttpPeer::status)
          .returns("the store is closing\n", HttpPeer::body);
      assertThat(get(kv, "/health/live").status()).isEqualTo(200);
      hold.release();
      closing.join();
    }

    /** An endpoint that does not end before the test lets it. */
    private record Lingering(KeptStore.Hold hold)
        implements Endpoint, GenServer<Integer, Call<Lingering, ?>, Cast<Lingering>> {
      @Override
      public String name() {
        return "lingering";
      }

      @Override
      public Bound bind(Kv kv) {
        return new Bound() {
          @Override
          public InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
          }

          @Override
          public Child<?> child() {
            return GenServer.of(() -> Lingering.this).shutdown(Shutdown.INFINITY);
          }

          @Override
          public void close() {
            // There is nothing to close.
          }
        };
      }

      @Override
      public Init<Integer> init() {
        Self.trapExits(true);
        return Init.ok(0);
      }

      @Override
      public void terminate(ExitReason reason, Integer state) {
        hold.pass();
      }
    }
  }

  @Nested
  class A_request {
    private final Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN.hosts("Watched.example")));
    private final int port = kv.port("admin");

    @AfterEach
    void close() {
      kv.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics/", "/metricsx", "/health", "/health/live/x", "/../metrics"})
    void for_anything_else_finds_nothing(String path) throws IOException {
      assertThat(HttpPeer.get(port, path).status()).isEqualTo(404);
    }

    @Test
    void shows_the_processes() throws IOException {
      assertThat(HttpPeer.get(port, "/").body()).startsWith("<!doctype html>");
      assertThat(HttpPeer.get(port, "/api/v1/tree?q=kv%20admin").body())
          .contains("\"label\":\"kv admin");
      assertThat(HttpPeer.ask(port, "GET", "/api/v1/tree", "evil.example").status()).isEqualTo(421);
    }

    @Test
    void shows_the_buckets() throws Exception {
      kv.create("small").put("one", "1");
      kv.create("large").put("one", "x".repeat(1000));
      kv.create("lost");
      var _ = Self.monitor(Store.of(kv).lookup("lost").orElseThrow().pid());
      assertThatThrownBy(() -> crash("lost")).isInstanceOf(KvException.BucketGone.class);
      assertThat(Self.receive(Down.class, LONG)).isPresent();
      assertThat(Events.flush(LONG)).isTrue();

      String all = HttpPeer.get(port, "/api/v1/panels/buckets?sort=bytes&order=desc").body();
      String some = HttpPeer.get(port, "/api/v1/panels/buckets?q=SMA").body();
      String crashed = HttpPeer.get(port, "/api/v1/panels/buckets?sort=crashes&order=desc").body();

      assertThat(all).contains("\"total\":3");
      assertThat(all.indexOf("[\"large\"")).isBetween(0, all.indexOf("[\"small\""));
      assertThat(some).contains("\"total\":1").containsPattern("\\[\"small\",\\d+,\"hash\",1,");
      assertThat(crashed).containsPattern("\"rows\":\\[\\[\"lost\",\"\",\"gone\",.*planted");
    }

    private void crash(String bucket) {
      Probe.observer =
          step -> {
            throw new IllegalStateException("planted");
          };
      try {
        kv.lookup(bucket).orElseThrow().put("key", "value");
      } finally {
        Probe.observer = null;
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "FOO"})
    void can_only_read(String method) throws IOException {
      assertThat(HttpPeer.ask(port, method, "/metrics", "localhost"))
          .returns(405, HttpPeer::status)
          .extracting(HttpPeer::head)
          .asString()
          .contains("allow: get, head");
    }

    @Test
    void for_the_head_gets_no_body() throws IOException {
      HttpPeer head = HttpPeer.ask(port, "HEAD", "/health/live", "localhost");

      assertThat(head).returns(200, HttpPeer::status).returns("", HttpPeer::body);
      assertThat(head.head()).contains("content-length: 5");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "localhost",
          "LOCALHOST:80",
          "127.0.0.1",
          "127.0.0.1:9100",
          "127.1.2.3",
          "[::1]",
          "[::1]:9100",
          "watched.example",
          "watched.EXAMPLE:80"
        })
    void for_this_machine_is_answered(String host) throws IOException {
      assertThat(HttpPeer.ask(port, "GET", "/health/live", host).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "evil.example",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "evil.example:80",
          "127.0.0.1@evil.example",
          "10.0.0.1",
          "2130706433",
          "[::1",
          "[fe80::1]",
          "::1",
          "localhost, evil.example",
          ""
        })
    void for_another_host_is_refused(String host) throws IOException {
      assertThat(HttpPeer.ask(port, "GET", "/metrics", host).status()).isEqualTo(421);
    }

    @Test
    void for_two_hosts_is_refused() throws IOException {
      assertThat(
              HttpPeer.ask(
                      port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n")
                  .status())
          .isEqualTo(421);
    }

    /** As simple programs ask that check health. No browser does. */
    @Test
    void of_http_1_0_needs_no_host() throws IOException {
      assertThat(HttpPeer.ask(port, "GET /health/live HTTP/1.0\r\n").status()).isEqualTo(200);
    }

    @Test
    void may_have_a_query() throws IOException {
      assertThat(HttpPeer.get(port, "/health/live?from=here").status()).isEqualTo(200);
    }

    @Test
    void cannot_be_read_by_a_page_of_elsewhere() throws IOException {
      HttpPeer answer =
          HttpPeer.ask(
              port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n");

      assertThat(answer.head())
          .doesNotContain("access-control")
          .contains("x-content-type-options: nosniff", "cache-control: no-store");
    }
  }

  @Test
  void another_address_than_loopback_must_be_allowed() throws Exception {
    Admin everywhere = Admin.on(0).bind(InetAddress.getByName("0.0.0.0"));

    assertThatThrownBy(() -> Kv.open(KvConfig.inMemory().with(everywhere)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--insecure-bind");
    try (Kv kv = Kv.open(KvConfig.inMemory().with(everywhere.insecureBind(true)))) {
      assertThat(get(kv, "/health/live").status()).isEqualTo(200);
    }
  }

  @Test
  void the_port_is_given_back() throws IOException {
    int port;
    try (Kv kv = Kv.open(KvConfig.inMemory().with(ADMIN))) {
      port = kv.port("admin");
      assertThatThrownBy(() -> Kv.open(KvConfig.inMemory().with(Admin.on(port))))
          .hasMessageContaining("the endpoint admin cannot listen on 127.0.0.1:" + port);
    }
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Admin.on(port)))) {
      assertThat(get(kv, "/health/live").status()).isEqualTo(200);
    }
  }

  private static final Path DOCS = Path.of("").toAbsolutePath().resolveSibling("docs");

  @Test
  void the_dashboard_shows_metrics_that_exist() throws IOException {
    String documented = Files.readString(DOCS.resolve("observing.md"));
    List<String> shown =
        Pattern.compile("\\b(kv|ostler|jvm|process)_[a-z_]+")
            .matcher(Files.readString(DOCS.resolve("grafana-kv.json")))
            .results()
            .map(MatchResult::group)
            .map(name -> name.replaceFirst("_bucket$", "")) // of a histogram
            .toList();

    assertThat(shown)
        .hasSizeGreaterThan(20)
        .allSatisfy(name -> assertThat(documented).contains("| `" + name + "` |"));
  }

  @Test
  void all_metrics_are_in_the_docs() throws IOException {
    try (var kept = new KeptStore(config -> config.sync(Sync.ALWAYS).with(ADMIN))) {
      assertThat(kept.peer().ask("HSET", "b", "f", "v")).isEqualTo(1L);
      Stream<String> types =
          get(kept.kv(), "/metrics")
              .body()
              .lines()
              .filter(line -> line.startsWith("# TYPE "))
              .map(line -> line.split(" ", -1))
              .map(words -> "| `" + words[2] + "` | " + words[3] + " |");

      assertThat(Files.readString(DOCS.resolve("observing.md"))).contains(types.toList());
    }
  }
}
