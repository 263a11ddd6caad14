package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import javax.net.ssl.SSLException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RESP clients that read late, wait, subscribe, are killed, or lose the loop that serves them. */
@ExtendWith(OstlerExtension.class)
class RespConnectionTest {
  private static final String VALUE = "v".repeat(10_000);

  private final Kv kv =
      Kv.open(KvConfig.inMemory().with(Resp.on(0)).drainTime(Duration.ofSeconds(1)));

  @AfterEach
  void close() {
    kv.close();
  }

  private static Pid process(String label) {
    return Processes.list().stream()
        .filter(pid -> pid.label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  private static Pid process(RespPeer peer) {
    return process("resp client 127.0.0.1:" + peer.localPort());
  }

  private static void kill(Pid pid) {
    var ref = Self.monitor(pid);
    pid.exit(ExitReason.KILL);
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
        .isPresent();
  }

  private static CompletableFuture<Void> sending(RespPeer peer, ByteArrayOutputStream commands) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            peer.sendRaw(commands.toByteArray());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Nested
  class A_client_that_listens_and_reads_late {
    private static final int COMMANDS = 3_000;
    private static final int MESSAGES = 20_000;

    /** Commands with large replies, commands that wait for new buckets, and messages in between. */
    @Test
    void gets_all_replies_and_all_messages_in_order() throws Exception {
      try (var peer = RespPeer.of(kv);
          var other = RespPeer.of(kv)) {
        assertThat(peer.ask("HELLO", "3")).isNotNull();
        peer.ask("HSET", "b", "k", VALUE);
        peer.ask("SUBSCRIBE", "news");
        var commands = new ByteArrayOutputStream();
        for (int i = 0; i < COMMANDS; i++) {
          commands.write(RespPeer.encoded("HGET", "b", "k"));
          commands.write(RespPeer.encoded("HSET", "new:" + i % 1000, "k" + i, "v"));
        }
        var sent = sending(peer, commands);
        var published = CompletableFuture.runAsync(() -> publish(other));
        var replies = new ArrayList<@Nullable Object>();
        var messages = new ArrayList<Long>();
        while (replies.size() < 2 * COMMANDS || messages.size() < MESSAGES) {
          if (peer.reply() instanceof RespReader.Push(List<@Nullable Object> words)) {
            messages.add(Long.valueOf(String.valueOf(words.getLast())));
          } else {
            replies.add("");
          }
        }
        sent.join();
        published.join();
        assertThat(messages).isEqualTo(LongStream.range(0, MESSAGES).boxed().toList());
      }
    }

    private static void publish(RespPeer peer) {
      try {
        for (int i = 0; i < MESSAGES; i++) {
          assertThat(peer.ask("PUBLISH", "news", String.valueOf(i))).isEqualTo(1L);
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Nested
  class A_client_whose_process_is_at_work_on_another_thread {
    private static void turn(RespLoop loop) throws InterruptedException {
      var turned = new CountDownLatch(1);
      loop.execute(turned::countDown);
      turned.await();
    }

    @Test
    void is_told_once_that_its_socket_is_ready() throws Exception {
      try (var peer = RespPeer.of(kv)) {
        peer.ask("PING");
        RespClient client = peer.served(kv);
        Sys.suspend(client.pid()); // it takes what comes, and does nothing with it
        peer.send("PING");
        while (Inspection.queued(client.pid()) == 0) {
          turn(client.loop());
        }
        for (int i = 0; i < 10; i++) {
          turn(client.loop());
        }

        assertThat(Inspection.queued(client.pid())).isEqualTo(1);
        Sys.resume(client.pid());
        assertThat(peer.reply()).isEqualTo("PONG");
        assertThat(peer.ask("PING")).isEqualTo("PONG");
      }
    }

    @Test
    void reads_on_the_loops_thread_when_it_is_done_there() throws Exception {
      try (var peer = RespPeer.of(kv)) {
        peer.ask("PING");
        RespClient client = peer.served(kv);
        Sys.suspend(client.pid());
        client.tell(RespConnection.Event.READABLE); // as if the loop had found it at work
        peer.send("PING");
        Sys.resume(client.pid()); // handles the event here, where it reads nothing

        assertThat(peer.reply()).isEqualTo("PONG");
      }
    }
  }

  /** While its loop is busy, many events may happen to a client, in a known order. */
  @Nested
  class A_client_whose_loop_is_busy {
    private final String large = "v".repeat(1_000_000);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    /** Until the test releases it; then it does this. */
    private void keepBusy(RespLoop loop, Runnable then) throws InterruptedException {
      loop.execute(
          () -> {
            busy.countDown();
            try {
              free.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            then.run();
          });
      busy.await();
    }

    @Test
    void has_all_its_commands_done_though_a_push_is_what_writes_the_rest() throws Exception {
      String value = "v".repeat(100_000);
      int count = 300; // 30 MB: more than the sockets hold
      try (var peer = RespPeer.of(kv)) {
        peer.ask("HSET", "b", "k", value);
        RespClient client = peer.served(kv);
        var commands = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
          commands.write(RespPeer.encoded("HGET", "b", "k"));
        }
        // in one piece: they are in the store before it is blocked
        peer.sendRaw(commands.toByteArray());
        assertThat(peer.reply()).isEqualTo(value); // the loop writes until the sockets are full
        keepBusy(client.loop(), () -> client.tell(RespConnection.Event.PUSHED));
        assertThat(peer.replies(20)).containsOnly(value); // now there is room for what waits
        free.countDown();
        assertThat(peer.replies(count - 21)).containsOnly(value);
      }
    }

    @Test
    void is_watched_for_what_was_wanted_last() throws Exception {
      int count = 20;
      try (var peer = RespPeer.of(kv)) {
        peer.ask("SUBSCRIBE", "news");
        RespClient client = peer.served(kv);
        keepBusy(client.loop(), () -> client.tell(RespConnection.Event.PUSHED));
        client.tell(RespConnection.Event.RESUME); // on this thread: the loop must watch for input
        for (int i = 0; i < count; i++) {
          assertThat(RespPeer.server(kv).pubSub().publish("news", large)).isEqualTo(1);
        }
        free.countDown(); // the loop first learns of the messages, which the socket does not accept
        assertThat(peer.replies(count)).containsOnly(List.of("message", "news", large));
      }
    }
  }

  @Nested
  class A_command_that_may_wait {
    /** A listener that records the threads on which the bucket works. */
    private BucketServer.Listener noting(Set<String> threads) {
      Pid somebody = TestKv.supervisor(kv).pid();
      return new BucketServer.Listener() {
        @Override
        public Pid pid() {
          return somebody;
        }

        @Override
        public void changed(Change change, long seq) {
          threads.add(Thread.currentThread().getName());
        }
      };
    }

    /** It comes after replies whose writing keeps the thread busy when the command may continue. */
    @Test
    void never_does_on_the_thread_that_serves_all() throws Exception {
      Set<String> threads = ConcurrentHashMap.newKeySet();
      assertThat(TestKv.created(kv, "b").subscribe(noting(threads))).isTrue();
      int count = 150; // so many take too long on that thread
      var transaction = new ByteArrayOutputStream();
      transaction.write(RespPeer.encoded("MULTI"));
      for (int i = 0; i < count; i++) {
        transaction.write(RespPeer.encoded("HSET", "b", "k", "v" + i));
      }
      transaction.write(RespPeer.encoded("EXEC"));
      try (var peer = RespPeer.of(kv)) {
        for (int i = 0; i < 300; i++) {
          Object last = peer.sendRaw(transaction.toByteArray()).replies(count + 2).getLast();
          assertThat(last).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(count);
        }
      }
      assertThat(threads).isNotEmpty().noneMatch(name -> name.startsWith("kv resp loop"));
    }
  }

  @Nested
  class A_client_that_is_killed {
    @Test
    void gets_no_more_and_is_not_a_subscriber() throws Exception {
      try (var killed = RespPeer.of(kv);
          var other = RespPeer.of(kv)) {
        killed.ask("SUBSCRIBE", "news");
        killed.ask("PSUBSCRIBE", "n*");
        assertThat(other.ask("PUBLISH", "news", "1")).isEqualTo(2L);
        var _ = killed.replies(2);
        kill(process(killed));
        assertThat(killed.isClosed()).isTrue();
        try (var next = RespPeer.of(kv)) { // the process that accepts has noticed the end by now
          assertThat(next.ask("PUBLISH", "news", "2")).isEqualTo(0L);
          assertThat(next.ask("PUBSUB", "NUMPAT")).isEqualTo(0L);
        }
      }
    }

    @Test
    void is_closed_though_it_does_not_read() throws Exception {
      try (var killed = RespPeer.of(kv);
          var other = RespPeer.of(kv)) {
        killed.ask("HSET", "b", "k", VALUE);
        var commands = new ByteArrayOutputStream();
        for (int i = 0; i < 5_000; i++) {
          commands.write(RespPeer.encoded("HGET", "b", "k"));
        }
        var sent = sending(killed, commands).handle((done, failure) -> true);
        assertThat(killed.reply()).isEqualTo(VALUE);
        kill(process(killed));
        assertThatThrownBy(() -> killed.replies(5_000)).isInstanceOf(IOException.class);
        assertThat(sent.join()).isTrue();
        assertThat(other.ask("HGET", "b", "k")).isEqualTo(VALUE);
      }
    }

    @Test
    void while_its_command_waits_affects_no_other() throws Exception {
      try (var other = RespPeer.of(kv)) {
        for (int i = 0; i < 200; i++) {
          try (var killed = RespPeer.of(kv)) {
            killed.send("PING");
            assertThat(killed.reply()).isEqualTo("PONG");
            Pid process = process(killed);
            killed.send("HSET", "new:" + i, "k", "v");
            process.exit(ExitReason.KILL);
            boolean _ = killed.isClosed();
          }
          assertThat(other.ask("HSET", "new:" + i, "l", "v")).isEqualTo(1L);
        }
      }
    }
  }

  @Nested
  class A_loop_that_is_killed {
    @Test
    void leaves_no_client_open_that_nobody_serves() throws Exception {
      for (int i = 0; i < 2; i++) {
        var peers = new ArrayList<RespPeer>();
        peers.add(RespPeer.of(kv));
        assertThat(peers.getFirst().ask("PING")).isEqualTo("PONG");
        peers.getFirst().send("QUIT");
        for (int j = 0; j < 50; j++) {
          peers.add(RespPeer.of(kv)); // some may not be accepted yet: the next loop gets them
        }
        kill(process("kv resp listener"));
        for (RespPeer peer : peers) {
          assertThat(isAnsweredOrClosed(peer)).isTrue();
          peer.close();
        }
      }
    }

    private static boolean isAnsweredOrClosed(RespPeer peer) throws IOException {
      try {
        Object reply = peer.ask("PING");
        return "PONG".equals(reply) || "OK".equals(reply);
      } catch (java.net.SocketTimeoutException e) {
        return false;
      } catch (IOException closed) {
        return true;
      }
    }
  }

  @Nested
  class TLS_on_a_port_without_TLS {
    @Test
    void gets_an_error_and_is_disconnected_at_once() throws Exception {
      try (var other = RespPeer.of(kv);
          var socket =
              (javax.net.ssl.SSLSocket)
                  Certificates.client()
                      .getSocketFactory()
                      .createSocket(InetAddress.getLoopbackAddress(), kv.port("resp"))) {
        socket.setSoTimeout(60_000);
        assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        assertThat(other.ask("PING")).isEqualTo("PONG");
      }
      try (var peer = RespPeer.of(kv)) {
        peer.sendRaw("\u0016\u0003\u0001\u0002".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(String.valueOf(peer.reply())).contains("Protocol error", "TLS");
        assertThat(peer.isClosed()).isTrue();
      }
    }
  }
}
