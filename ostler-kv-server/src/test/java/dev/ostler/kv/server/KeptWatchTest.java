package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Handled;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Watchers are told of changes only after these are durable. */
@ExtendWith(OstlerExtension.class)
class KeptWatchTest {
  private final KeptStore store = KeptStore.always();
  private Bucket bucket;

  @BeforeEach
  void fill() {
    bucket = store.kv().create("a");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static List<Object> change(long seq, String operation, String key, String value) {
    return Arrays.asList("kv.watch", "a", seq, operation, key, value);
  }

  private static List<Object> ended() {
    return Arrays.asList("kv.watch", "a", null, "ended", null, null);
  }

  private static long watches(RespPeer watcher, Object... from) throws IOException {
    return from.length == 0
        ? (Long) watcher.ask("KV.WATCH", "a")
        : (Long) watcher.ask("KV.WATCH", "a", "FROM", from[0].toString());
  }

  private static boolean put(Entries entries, String value) {
    entries.apply(new Change.Put("k", value));
    return true;
  }

  /** A client that drops the bucket after these commands, while the disk is held back. */
  private Hold droppedAndHeldBack(String... first) throws IOException {
    MonitorRef ref = Self.monitor(bucket.pid());
    Hold hold = store.hold(Call.SYNC);
    var commands = new ByteArrayOutputStream();
    if (first.length > 0) {
      commands.write(RespPeer.encoded(first));
    }
    commands.write(RespPeer.encoded("DEL", "a"));
    store.peer().sendRaw(commands.toByteArray());
    hold.awaitReached();
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
        .isPresent();
    return hold;
  }

  @Nested
  class The_end_of_a_bucket {
    @Test
    void is_told_after_its_last_changes() throws IOException {
      RespPeer watcher = store.peer();
      long seq = watches(watcher);
      Hold hold = droppedAndHeldBack("HSET", "a", "k", "1");
      watcher.ask("PING"); // it has been told of the end of the process
      hold.release();

      assertThat(watcher.replies(3))
          .containsExactly(
              change(seq + 1, "hset", "k", "1"), change(seq + 2, "del", null, null), ended());
    }

    @Test
    void is_not_sent_to_watchers_of_the_next_one() throws IOException {
      RespPeer watcher = store.peer();
      watches(watcher);
      Hold hold = droppedAndHeldBack();
      watcher.ask("PING");
      BucketRef next = Store.of(store.kv()).getOrStart("a");
      Inside.of(next, entries -> put(entries, "2"));
      Handled.await(next.pid(), BucketServer.Observe.class, () -> watcher.send("KV.WATCH", "a"));
      hold.release();

      long seq = (Long) watcher.reply();
      store.peer().ask("HSET", "a", "k", "3");
      assertThat(watcher.reply()).isEqualTo(change(seq + 1, "hset", "k", "3"));
    }

    @Test
    void ends_a_subscriber_that_has_received_everything() throws IOException {
      LineClient subscriber = store.line();
      subscriber.subscribe(bucket, "SUBSCRIBE a\n");
      Hold hold = droppedAndHeldBack("HSET", "a", "k", "1");
      hold.release();

      assertThat(subscriber.lines(2)).containsExactly("k SET TO 1", LineClient.CLOSED);
    }
  }

  @Nested
  class Events_of_several_buckets {
    private List<Object> events(RespPeer listener, int count) throws IOException {
      var events = new ArrayList<Object>();
      for (Object message : listener.replies(count)) {
        List<?> words = (List<?>) message;
        events.add(
            String.valueOf(words.get(2)).substring("__keyevent@0__:".length())
                + " "
                + words.get(3));
      }
      return events;
    }

    @Test
    void are_published_in_the_order_in_which_they_happened() throws IOException {
      RespPeer listener = store.peer();
      RespPeer writer = store.peer();
      writer.ask("CONFIG", "SET", "notify-keyspace-events", "EA");
      listener.ask("PSUBSCRIBE", "__keyevent*");
      writer.ask("MSET", "z", "1", "b", "1", "y", "1");
      assertThat(events(listener, 3)).containsExactly("set z", "set b", "set y");
      writer.ask("RENAME", "z", "c");
      assertThat(events(listener, 2)).containsExactly("rename_from z", "rename_to c");
      writer
          .send("MULTI")
          .send("DEL", "y")
          .send("INCR", "b")
          .send("GET", "c")
          .send("SET", "y", "1");
      writer.send("EXEC").replies(6);
      assertThat(events(listener, 3)).containsExactly("del y", "incrby b", "set y");
    }

    @Test
    void are_published_once_they_are_durable() throws IOException {
      RespPeer listener = store.peer();
      RespPeer writer = store.peer();
      writer.ask("CONFIG", "SET", "notify-keyspace-events", "EA");
      writer.ask("SET", "z", "1");
      listener.ask("PSUBSCRIBE", "__keyevent*");
      Hold hold = store.hold(Call.SYNC);
      writer.send("MULTI").send("GET", "z").send("SET", "b", "1").send("EXEC");
      hold.awaitReached();
      listener.ask("PING");
      assertThat(listener.hasHeardNothing()).isTrue();
      hold.release();
      assertThat(events(listener, 1)).containsExactly("set b");
    }
  }

  @Nested
  class A_number {
    @Test
    void of_a_lost_change_is_not_used_for_a_later_one() throws IOException {
      KeptStore unsynced = KeptStore.atTheEnd();
      try (unsynced) {
        unsynced.kv().create("a").put("k", "0");
        unsynced.reopen();
        RespPeer watcher = unsynced.peer();
        long seq = watches(watcher);
        unsynced.peer().ask("HSET", "a", "k", "lost");
        long lost = (Long) ((List<?>) watcher.reply()).get(2);
        unsynced.pullThePlug();

        RespPeer other = unsynced.peer();
        assertThat(watches(other)).isEqualTo(seq);
        RespPeer writer = unsynced.peer();
        for (int i = 0; i < 10; i++) {
          writer.ask("HSET", "a", "k", "new");
        }
        assertThat(unsynced.peer().ask("KV.WATCH", "a", "FROM", String.valueOf(lost)))
            .isInstanceOfSatisfying(
                RespReader.Failure.class, why -> assertThat(why.text()).startsWith("GAP "));
        assertThat(watches(unsynced.peer(), seq)).isGreaterThan(lost);
      }
    }
  }
}
