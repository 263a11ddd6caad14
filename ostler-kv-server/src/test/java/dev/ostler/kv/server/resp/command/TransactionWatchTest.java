package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.MissingBucketWatches;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.TimedStore;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** WATCH, which makes the next EXEC fail if a bucket has changed. */
@ExtendWith(OstlerExtension.class)
class TransactionWatchTest {
  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  private Object transaction() throws IOException {
    does("MULTI");
    does("HGET any f");
    return does("EXEC");
  }

  private final List<?> done = Arrays.asList((Object) null);

  private Object other(String line) throws IOException {
    try (var peer = RespPeer.of(store.kv())) {
      return peer.ask(line.split(" "));
    }
  }

  @Test
  void lets_a_transaction_pass_if_nothing_has_changed() throws IOException {
    does("HSET a f 1");
    assertThat(does("WATCH a missing")).isEqualTo("OK");
    other("HGET a f");
    assertThat(transaction()).isEqualTo(done);
  }

  @Test
  void stops_a_transaction_if_a_bucket_has_changed() throws IOException {
    does("HSET a f 1");
    does("WATCH x a y");
    other("HSET a f 1");
    assertThat(transaction()).isNull();
    assertThat(transaction()).isEqualTo(done);
  }

  @Test
  void sees_that_a_missing_bucket_is_there() throws IOException {
    does("WATCH a");
    other("HSET a f 1");
    assertThat(transaction()).isNull();
  }

  @Test
  void sees_that_a_missing_bucket_came_and_went() throws IOException {
    does("WATCH a");
    other("HSET a f 1");
    other("DEL a");
    assertThat(transaction()).isNull();
    does("WATCH a");
    assertThat(transaction()).isEqualTo(done);
  }

  @Test
  void remembers_what_is_missing_no_longer_than_it_is_wanted() throws IOException {
    MissingBucketWatches missingWatches = Store.of(store.kv()).environment().missingWatches();
    does("HSET there f 1");
    does("WATCH a there");
    does("WATCH a b");
    assertThat(missingWatches).hasToString("watches of [a, b]");
    try (var killed = RespPeer.of(store.kv());
        var next = RespPeer.of(store.kv())) {
      killed.ask("WATCH", "a", "c");
      next.ask("WATCH", "d");
      does("UNWATCH");
      assertThat(missingWatches).hasToString("watches of [a, c, d]");
      killed.served(store.kv()).pid().exit(ExitReason.KILL);
      assertThat(killed.isClosed()).isTrue();
      next.finish();
      assertThat(next.isClosed()).isTrue();
    }
    try (var later = RespPeer.of(store.kv())) {
      later.ask("PING"); // the process that accepts has noticed the others' end
    }
    assertThat(missingWatches).hasToString("watches of []");
  }

  @Test
  void sees_that_a_bucket_is_gone() throws IOException {
    does("HSET a f 1");
    does("WATCH a");
    other("DEL a");
    assertThat(transaction()).isNull();
  }

  @Test
  void sees_that_a_bucket_is_another_one_of_the_same_name() throws IOException {
    does("HSET a f 1");
    does("WATCH a");
    other("DEL a");
    other("HSET a f 1");
    assertThat(transaction()).isNull();
  }

  @Test
  void sees_that_a_bucket_was_killed_and_made_again() throws IOException {
    does("HSET a f 1");
    does("WATCH a");
    var down = store.watch("a");
    store.kv().lookup("a").orElseThrow().pid().exit(ExitReason.KILL);
    TimedStore.await(down);
    other("HSET a f 1");
    assertThat(transaction()).isNull();
  }

  @Test
  void sees_that_a_bucket_has_expired() throws IOException {
    does("HSET a f 1");
    does("PEXPIRE a 100");
    does("WATCH a");
    store.passUnnoticed(100);
    assertThat(transaction()).isNull();
  }

  @Test
  void treats_an_expired_bucket_as_missing() throws IOException {
    does("HSET a f 1");
    does("PEXPIRE a 100");
    store.passUnnoticed(100);
    does("WATCH a");
    assertThat(other("EXISTS a")).isEqualTo(0L);
    assertThat(transaction()).isEqualTo(done);
  }

  @Test
  void sees_that_a_time_was_set() throws IOException {
    does("HSET a f 1");
    does("WATCH a");
    other("EXPIRE a 10");
    assertThat(transaction()).isNull();
  }

  @Test
  void sees_a_flush_only_of_what_there_was() throws IOException {
    does("WATCH missing");
    does("FLUSHALL");
    assertThat(transaction()).isEqualTo(done);
    does("HSET a f 1");
    does("WATCH a");
    does("FLUSHALL");
    assertThat(transaction()).isNull();
  }

  @Test
  void is_over_after_unwatch_discard_and_exec() throws IOException {
    does("HSET a f 1");
    does("WATCH a");
    does("HSET a f 2");
    assertThat(does("UNWATCH")).isEqualTo("OK");
    assertThat(transaction()).isEqualTo(done);
    does("WATCH a");
    does("HSET a f 3");
    does("MULTI");
    does("DISCARD");
    assertThat(transaction()).isEqualTo(done);
    does("WATCH a");
    assertThat(transaction()).isEqualTo(done);
    does("HSET a f 4");
    assertThat(transaction()).isEqualTo(done);
  }
}
