package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.journal.ForwardingStore;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Opening and closing a durable store. */
@ExtendWith(OstlerExtension.class)
class KeptClosingTest {
  private final MemoryStore disk = new MemoryStore();
  private final FaultyStore faulty = new FaultyStore(disk);
  private final AtomicInteger closed = new AtomicInteger();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private final BucketStore store = new BucketStoreCounted(faulty, closed);

  @AfterEach
  void close() {
    threads.close();
  }

  private KvConfig config(Sync sync) {
    return KeptStore.config(store).sync(sync).with(Resp.on(0));
  }

  @Nested
  class All_that_was_confirmed {
    @ParameterizedTest
    @EnumSource(Sync.class)
    void is_there_after_a_close(Sync sync) throws IOException {
      try (Kv kv = Kv.open(config(sync));
          RespPeer client = RespPeer.of(kv)) {
        for (int i = 0; i < 1000; i++) {
          client.send("HSET", "bucket" + i % 10, "key" + i, "v");
        }
        client.replies(1000);
        kv.createAsync("soon");
        kv.create("last");
      }
      assertThat(closed).hasValue(1);
      assertThat(disk.unsynced()).isZero();

      try (Kv kv = Kv.open(KeptStore.config(disk.crashed()))) {
        assertThat(kv.names()).hasSize(12).contains("soon", "last");
        assertThat(kv.lookup("bucket3").orElseThrow().size()).isEqualTo(100);
      }
    }

    @Test
    void is_there_though_the_disk_was_busy_when_it_was_closed() throws Exception {
      Kv kv = Kv.open(config(Sync.EVERYSEC));
      var hold = new Hold();
      faulty.before(Call.APPEND, 1, hold::pass);
      kv.create("first");
      hold.awaitReached();
      kv.create("second").put("k", "v");
      var closing =
          threads.submit(
              () -> {
                kv.close();
                return true;
              });
      while (TestKv.supervisor(kv).pid() != null && isRunning(kv)) {
        Thread.onSpinWait(); // until it has begun
      }
      hold.release();

      assertThat(closing.get(60, TimeUnit.SECONDS)).isTrue();
      try (Kv again = Kv.open(KeptStore.config(disk.crashed()))) {
        assertThat(again.lookup("second").orElseThrow().get("k")).contains("v");
      }
    }

    private static boolean isRunning(Kv kv) {
      return TestKv.hasRegistry(kv);
    }

    @Test
    void is_there_though_all_processes_were_killed() throws IOException {
      Kv kv = Kv.open(config(Sync.EVERYSEC));
      kv.create("shopping").put("milk", "1");
      TestKv.supervisor(kv).pid().exit(ExitReason.KILL);
      kv.close();

      assertThat(closed).hasValue(1);
      try (Kv again = Kv.open(KeptStore.config(disk.crashed()))) {
        assertThat(again.lookup("shopping").orElseThrow().get("milk")).contains("1");
      }
    }
  }

  @Nested
  class A_store_that_is_closed {
    @Test
    void says_so() throws IOException {
      Kv kv = Kv.open(config(Sync.ALWAYS));
      Bucket bucket = kv.create("shopping");
      kv.close();
      kv.close();

      assertThat(closed).hasValue(1);
      assertThatThrownBy(() -> kv.lookup("shopping")).isInstanceOf(KvException.class);
      assertThatThrownBy(() -> kv.lookup("none")).isInstanceOf(KvException.class);
      assertThatThrownBy(() -> kv.create("none")).isInstanceOf(KvException.class);
      assertThatThrownBy(() -> bucket.put("k", "v")).isInstanceOf(KvException.class);
      assertThatThrownBy(() -> bucket.get("k")).isInstanceOf(KvException.class);
      assertThatThrownBy(kv::names).isInstanceOf(KvException.class);
    }
  }

  @Nested
  class A_store_whose_disk_cannot_be_closed {
    @Test
    void is_closed_all_the_same_and_does_not_say_that_all_is_well() throws IOException {
      faulty.fail(Call.CLOSE, 1, FaultyStore.EIO);
      Kv kv = Kv.open(config(Sync.ALWAYS));
      kv.create("shopping").put("milk", "1");
      kv.close();

      assertThat(closed).hasValue(1);
      assertThat(Store.of(kv).isDoubted()).isTrue();
      try (Kv again = Kv.open(KeptStore.config(disk.crashed()))) {
        assertThat(again.lookup("shopping").orElseThrow().get("milk")).contains("1");
      }
    }
  }

  @Nested
  class A_store_that_cannot_be_opened {
    @Test
    void lets_go_of_its_directory_if_its_port_is_taken() throws IOException {
      try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        assertThatThrownBy(
                () -> Kv.open(KeptStore.config(store).with(Resp.on(taken.getLocalPort()))))
            .isInstanceOf(KvException.CannotListen.class);
        assertThatThrownBy(
                () -> Kv.open(KeptStore.config(store).with(LineProtocol.on(taken.getLocalPort()))))
            .isInstanceOf(KvException.CannotListen.class);
      }
      assertThat(closed).hasValue(2);
    }

    @Test
    void names_the_directory_and_the_reason() {
      var config =
          KvConfig.durable(
              java.nio.file.Path.of("nowhere"),
              (directory, repair, report) -> {
                throw new IOException("another server has it");
              });
      assertThatThrownBy(() -> Kv.open(config))
          .isInstanceOf(KvException.NotReadable.class)
          .hasMessageContaining("nowhere")
          .hasMessageContaining("another server has it");
    }
  }

  /** A store that counts how often it was closed. */
  private static final class BucketStoreCounted extends ForwardingStore {
    private final AtomicInteger closed;

    BucketStoreCounted(BucketStore store, AtomicInteger closed) {
      super(store);
      this.closed = closed;
    }

    @Override
    public void close() throws IOException {
      closed.incrementAndGet();
      super.close();
    }
  }
}
