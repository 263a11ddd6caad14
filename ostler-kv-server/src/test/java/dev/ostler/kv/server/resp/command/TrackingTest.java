package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.RawPeer;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.TimedStore;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client with a cache is told what it must forget. See redis8-answers.txt, too. */
@ExtendWith(OstlerExtension.class)
class TrackingTest {
  private TimedStore store;
  private RawPeer cache;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
    cache = client();
    cache.ask("HELLO", "3");
  }

  @AfterEach
  void close() throws IOException {
    cache.close();
    store.close();
  }

  private RawPeer client() throws IOException {
    return new RawPeer(store.kv().port("resp"));
  }

  private void does(String line) throws IOException {
    assertThat(store.does(line)).isNotNull();
  }

  private String info(String field) throws IOException {
    String all = String.valueOf(store.ask("INFO", "everything"));
    int at = all.indexOf(field + ":");
    return all.substring(at, all.indexOf("\r\n", at));
  }

  @Nested
  class What_changes_a_key {
    @BeforeEach
    void read() throws IOException {
      does("SET a 1");
      assertThat(cache.ask("CLIENT", "TRACKING", "on")).isEqualTo("+OK");
      assertThat(cache.ask("GET", "a")).isEqualTo("\"1\"");
    }

    private void isTold() throws IOException {
      assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"a\"]]");
    }

    @Test
    void may_be_its_deadline() throws IOException {
      does("PEXPIRE a 1000");
      isTold();
      assertThat(cache.ask("GET", "a")).isEqualTo("\"1\"");
      store.pass(1000);
      isTold();
    }

    @Test
    void may_be_the_deadline_of_a_field() throws IOException {
      does("DEL a");
      isTold();
      does("HSET a f v g w");
      does("HPEXPIRE a 1000 FIELDS 1 f");
      assertThat(cache.ask("HGETALL", "a")).startsWith("%");
      store.pass(1000);
      isTold();
    }

    @Test
    void may_be_another_name() throws IOException {
      does("RENAME a b");
      isTold();
      assertThat(cache.ask("GET", "a")).isEqualTo("_");
      does("COPY b a");
      isTold();
    }

    @Test
    void may_be_a_program_in_the_same_JVM() throws IOException {
      assertThat(cache.ask("HGET", "b", "k")).isEqualTo("_");
      store.kv().create("b").put("k", "v");
      assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"b\"]]");
    }

    @Test
    void may_be_the_failure_of_its_process() throws IOException {
      Store.of(store.kv()).getOrStart("a").pid().exit(ExitReason.KILL);
      isTold();
    }
  }

  @Nested
  class The_table {
    @Test
    void forgets_keys_beyond_its_limit_as_if_they_had_changed() throws IOException {
      cache.ask("CLIENT", "TRACKING", "on");
      does("CONFIG SET tracking-table-max-keys 2");
      assertThat(cache.ask("MGET", "a", "b")).startsWith("*");
      assertThat(info("tracking_total_keys")).endsWith(":2");
      assertThat(cache.ask("GET", "c")).isEqualTo("_");
      assertThat(cache.reply()).startsWith(">[\"invalidate\", *[");
      assertThat(info("tracking_total_keys")).endsWith(":2");
    }

    @Test
    void has_each_client_that_has_read_a_key() throws IOException {
      try (var other = client()) {
        for (RawPeer each : new RawPeer[] {cache, other}) {
          each.ask("HELLO", "3");
          each.ask("CLIENT", "TRACKING", "on");
          each.ask("GET", "a");
          each.ask("GET", "a");
        }
        assertThat(info("tracking_clients")).endsWith(":2");
        assertThat(info("tracking_total_keys")).endsWith(":1");
        assertThat(info("tracking_total_items")).endsWith(":2");
        does("SET a 1");
        assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"a\"]]");
        assertThat(other.reply()).isEqualTo(">[\"invalidate\", *[\"a\"]]");
        assertThat(info("tracking_total_keys")).endsWith(":0");
        assertThat(info("tracking_total_items")).endsWith(":0");
      }
    }

    @Test
    void is_empty_when_the_last_client_wants_nothing_any_more() throws IOException {
      cache.ask("CLIENT", "TRACKING", "on");
      cache.ask("GET", "a");
      cache.ask("RESET");
      assertThat(info("tracking_clients")).endsWith(":0");
      assertThat(info("tracking_total_keys")).endsWith(":0");
      cache.ask("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "a", "PREFIX", "b");
      assertThat(info("tracking_total_prefixes")).endsWith(":2");
      cache.ask("CLIENT", "TRACKING", "off");
      assertThat(info("tracking_total_prefixes")).endsWith(":0");
    }
  }

  @Nested
  class Another_client {
    @Test
    void of_protocol_2_is_told_by_messages_if_it_is_subscribed() throws IOException {
      try (var reader = client()) {
        String id = cache.ask("CLIENT", "ID").substring(1);
        cache.ask("HELLO", "2");
        assertThat(reader.ask("CLIENT", "TRACKING", "on", "REDIRECT", id)).isEqualTo("+OK");
        assertThat(reader.ask("CLIENT", "GETREDIR")).isEqualTo(":" + id);
        reader.ask("GET", "a");
        does("SET a 1"); // it is not subscribed, so nobody is told
        assertThat(cache.ask("SUBSCRIBE", "__redis__:invalidate")).contains("subscribe");
        reader.ask("MGET", "a", "b");
        does("SET a 2");
        assertThat(cache.reply()).isEqualTo("*[\"message\", \"__redis__:invalidate\", *[\"a\"]]");
        reader.ask("GET", "a");
        does("FLUSHALL");
        assertThat(cache.reply()).isEqualTo("*[\"message\", \"__redis__:invalidate\", $-1]");
        assertThat(String.valueOf(store.does("CLIENT LIST")))
            .containsPattern("flags=t .* redir=" + id + " ");
      }
    }

    @Test
    void of_protocol_3_is_told_by_pushes_and_missed_when_it_is_gone() throws IOException {
      try (var reader = client()) {
        reader.ask("HELLO", "3");
        String id = cache.ask("CLIENT", "ID").substring(1);
        reader.ask("CLIENT", "TRACKING", "on", "REDIRECT", id);
        reader.ask("GET", "a");
        does("SET a 1");
        assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"a\"]]");
        reader.ask("GET", "a");
        MonitorRef gone =
            Self.monitor(RespPeer.server(store.kv()).clients().get(Long.parseLong(id)).pid());
        try (var killer = RespPeer.of(store.kv())) {
          assertThat(killer.ask("CLIENT", "KILL", "ID", id)).isEqualTo(1L);
        }
        TimedStore.await(gone);
        does("SET a 2");
        assertThat(reader.reply()).isEqualTo(">[\"tracking-redir-broken\", :" + id + "]");
        assertThat(reader.ask("CLIENT", "TRACKINGINFO")).contains("\"broken_redirect\"");
      }
    }
  }

  @Test
  void is_told_of_a_prefix_what_no_client_has_changed() throws IOException {
    does("SET ab 1 PX 1000");
    assertThat(cache.ask("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "a")).isEqualTo("+OK");
    store.pass(1000);
    assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"ab\"]]");
    store.kv().create("other").put("k", "v");
    store.kv().create("ac").put("k", "v");
    assertThat(cache.reply()).isEqualTo(">[\"invalidate\", *[\"ac\"]]");
  }
}
