package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.resp.EventClasses;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** SUBSCRIBE, PUBLISH, PUBSUB and keyspace events. */
@ExtendWith(OstlerExtension.class)
class PubSubTest {
  private TimedStore store;
  private RespPeer subscriber;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
    subscriber = RespPeer.of(store.kv());
  }

  @AfterEach
  void close() throws IOException {
    subscriber.close();
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  private Object hears(String line) throws IOException {
    return subscriber.ask(line.split(" "));
  }

  @Nested
  class A_subscriber {
    @Test
    void gets_messages_to_its_channels_only() throws IOException {
      assertThat(hears("SUBSCRIBE a")).isEqualTo(List.of("subscribe", "a", 1L));
      assertThat(hears("SUBSCRIBE b")).isEqualTo(List.of("subscribe", "b", 2L));
      assertThat(does("PUBLISH c x")).isEqualTo(0L);
      assertThat(does("PUBLISH a x")).isEqualTo(1L);
      assertThat(does("PUBLISH b y")).isEqualTo(1L);
      assertThat(subscriber.replies(2))
          .containsExactly(List.of("message", "a", "x"), List.of("message", "b", "y"));
    }

    @Test
    void gets_messages_to_channels_of_its_patterns() throws IOException {
      hears("SUBSCRIBE news.art");
      assertThat(hears("PSUBSCRIBE news.*")).isEqualTo(List.of("psubscribe", "news.*", 2L));
      assertThat(does("PUBLISH news.art x")).isEqualTo(2L);
      assertThat(subscriber.replies(2))
          .containsExactly(
              List.of("message", "news.art", "x"), List.of("pmessage", "news.*", "news.art", "x"));
      assertThat(hears("PUNSUBSCRIBE news.*")).isEqualTo(List.of("punsubscribe", "news.*", 1L));
      assertThat(does("PUBLISH news.sport x")).isEqualTo(0L);
    }

    @Test
    void is_told_of_each_channel_it_leaves_and_gets_nothing_from_it_later() throws IOException {
      subscriber.send("SUBSCRIBE", "a", "b", "a");
      assertThat(subscriber.replies(3).getLast()).isEqualTo(List.of("subscribe", "a", 2L));
      subscriber.send("UNSUBSCRIBE");
      assertThat(subscriber.replies(2))
          .containsExactly(List.of("unsubscribe", "a", 1L), List.of("unsubscribe", "b", 0L));
      assertThat(does("PUBLISH a x")).isEqualTo(0L);
      assertThat(hears("UNSUBSCRIBE")).isEqualTo(Arrays.asList("unsubscribe", null, 0L));
      assertThat(hears("PING")).isEqualTo("PONG");
    }

    @Test
    void of_protocol_2_may_use_few_other_commands() throws IOException {
      hears("SUBSCRIBE a");
      assertThat(hears("HGET a f"))
          .isEqualTo(
              new RespReader.Failure(
                  "ERR Can't execute 'hget': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
                      + " / RESET are allowed in this context"));
      assertThat(hears("PING")).isEqualTo(List.of("pong", ""));
      assertThat(hears("PING hello")).isEqualTo(List.of("pong", "hello"));
      assertThat(hears("QUIT")).isEqualTo("OK");
      assertThat(subscriber.isClosed()).isTrue();
    }

    @Test
    void that_leaves_is_forgotten() throws IOException {
      hears("SUBSCRIBE a");
      hears("PSUBSCRIBE a*");
      hears("QUIT");
      assertThat(subscriber.isClosed()).isTrue();
      assertThat(does("PUBSUB NUMPAT")).isEqualTo(0L);
      assertThat(does("PUBLISH a x")).isEqualTo(0L);
    }

    @Test
    void that_does_not_read_is_disconnected_and_delays_no_other() throws IOException {
      hears("SUBSCRIBE a");
      String message = "x".repeat(1024 * 1024);
      int published = 0;
      while (Long.valueOf(1).equals(store.ask("PUBLISH", "a", message))) {
        published++;
        assertThat(published).isLessThan(300);
      }
      assertThat(published).isGreaterThan(32);
      assertThat(does("PUBSUB NUMSUB a")).isEqualTo(List.of("a", 0L));
    }
  }

  @Nested
  class Publish {
    @Test
    void in_a_transaction_is_published_once_it_is_done() throws IOException {
      hears("SUBSCRIBE a");
      does("MULTI");
      assertThat(does("PUBLISH a queued")).isEqualTo("QUEUED");
      does("HSET b f 1");
      try (var other = RespPeer.of(store.kv())) {
        other.ask("PUBLISH", "a", "first");
      }
      assertThat(does("EXEC")).isEqualTo(List.of(1L, 1L));
      assertThat(subscriber.replies(2))
          .containsExactly(List.of("message", "a", "first"), List.of("message", "a", "queued"));
    }

    @Test
    void of_one_client_is_received_in_order_by_all() throws IOException {
      try (var second = RespPeer.of(store.kv())) {
        hears("SUBSCRIBE a");
        second.ask("PSUBSCRIBE", "*");
        int many = 5000;
        for (int i = 0; i < many; i++) {
          store.peer().send("PUBLISH", "a", "m" + i);
        }
        assertThat(store.peer().replies(many)).containsOnly(2L);
        for (int i = 0; i < many; i++) {
          assertThat(subscriber.reply()).isEqualTo(List.of("message", "a", "m" + i));
          assertThat(second.reply()).isEqualTo(List.of("pmessage", "*", "a", "m" + i));
        }
      }
    }
  }

  @Nested
  class Pubsub {
    @Test
    void shows_the_subscribers() throws IOException {
      hears("SUBSCRIBE news");
      hears("SUBSCRIBE other");
      hears("PSUBSCRIBE n*");
      assertThat((List<?>) does("PUBSUB CHANNELS"))
          .map(Object.class::cast)
          .containsExactlyInAnyOrder("news", "other");
      assertThat(does("PUBSUB CHANNELS n*")).isEqualTo(List.of("news"));
      assertThat(does("PUBSUB NUMSUB news none")).isEqualTo(List.of("news", 1L, "none", 0L));
      assertThat(does("PUBSUB NUMPAT")).isEqualTo(1L);
    }
  }

  @Nested
  class Keyspace_events {
    private void wanted(String letters) {
      RespPeer.server(store.kv()).events().classes(EventClasses.parse(letters));
    }

    @Test
    void are_not_published_unless_selected() throws IOException {
      hears("PSUBSCRIBE *");
      does("HSET a f 1");
      wanted("Kh");
      does("HSET a f 2");
      assertThat(subscriber.reply())
          .isEqualTo(List.of("pmessage", "*", "__keyspace@0__:a", "hset"));
    }

    @Test
    void are_published_by_bucket_and_by_event() throws IOException {
      wanted("KEA");
      hears("SUBSCRIBE __keyspace@0__:a");
      hears("SUBSCRIBE __keyevent@0__:del");
      does("HSET a f 1");
      does("DEL a");
      assertThat(subscriber.replies(3))
          .containsExactly(
              List.of("message", "__keyspace@0__:a", "hset"),
              List.of("message", "__keyspace@0__:a", "del"),
              List.of("message", "__keyevent@0__:del", "a"));
    }

    @Test
    void are_published_for_a_new_bucket_and_for_an_expired_one() throws IOException {
      wanted("Exn");
      hears("PSUBSCRIBE *");
      does("HSET a f 1");
      does("PEXPIRE a 100");
      store.pass(100);
      assertThat(subscriber.replies(2))
          .containsExactly(
              List.of("pmessage", "*", "__keyevent@0__:new", "a"),
              List.of("pmessage", "*", "__keyevent@0__:expired", "a"));
    }

    @Test
    void of_an_expiration_are_counted_without_subscribers() throws IOException {
      wanted("");
      does("SET a 1 PX 100");
      does("SET b 1 PX 1000");
      var down = store.watch("a");
      store.pass(100);
      TimedStore.await(down);
      assertThat(does("INFO stats")).asString().contains("expired_keys:1\r\n");
      assertThat(does("CONFIG RESETSTAT")).isEqualTo("OK");
      assertThat(does("INFO stats")).asString().contains("expired_keys:0\r\n");
    }

    @Test
    void have_letters_that_are_shown_as_redis_shows_them() {
      assertThat(EventClasses.parse("EKA")).hasToString("AKE");
      assertThat(EventClasses.parse("Kg$lshzxetd")).hasToString("AK");
      assertThat(EventClasses.parse("KExgh")).hasToString("ghxKE");
      assertThat(EventClasses.parse("")).hasToString("");
      assertThat(EventClasses.parse("Kq")).isNull();
    }

    /** Redis shows {@code AKE}, which is less than it was given, and less than it obeys. */
    @Test
    void are_published_for_all_letters_given_though_not_all_are_shown() throws IOException {
      assertThat(does("CONFIG SET notify-keyspace-events KEAn")).isEqualTo("OK");
      assertThat(does("CONFIG GET notify-keyspace-events"))
          .isEqualTo(List.of("notify-keyspace-events", "AKE"));
      hears("SUBSCRIBE __keyevent@0__:new");
      does("HSET a f 1");
      assertThat(subscriber.reply()).isEqualTo(List.of("message", "__keyevent@0__:new", "a"));
    }
  }
}
