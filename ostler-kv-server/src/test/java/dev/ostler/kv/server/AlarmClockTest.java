package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.Store;
import java.io.IOException;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The process that tells buckets when something in them is due. */
@ExtendWith(OstlerExtension.class)
class AlarmClockTest {
  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void sets_one_timer_for_all() throws IOException {
    int before = store.timers();
    for (int i = 0; i < 500; i++) {
      store.does("SET b" + i + " v PX " + (1000 + i % 7));
    }
    assertThat(store.alarms()).isEqualTo(500);
    assertThat(store.timers()).isEqualTo(before + 1);
  }

  @Test
  void tells_all_that_are_due_at_one_moment() throws IOException {
    var ends = new ArrayList<MonitorRef>();
    for (int i = 0; i < 500; i++) {
      store.does("SET b" + i + " v PX 1000");
      ends.add(store.watch("b" + i));
    }

    store.pass(1000);

    ends.forEach(TimedStore::await);
    assertThat(store.does("DBSIZE")).isEqualTo(0L);
    assertThat(store.alarms()).isZero();
    assertThat(store.events()).filteredOn(event -> event.startsWith("x expired")).hasSize(500);
  }

  @Test
  void that_was_killed_leaves_all_alarms_to_the_next_one() throws IOException {
    store.does("SET a v PX 1000");
    store.does("HSET h f 1");
    store.does("HPEXPIRE h 1000 FIELDS 1 f");
    var a = store.watch("a");
    var h = store.watch("h");

    Pid clock = store.process("kv alarm clock");
    var down = Self.monitor(clock);
    clock.exit(ExitReason.KILL);
    TimedStore.await(down);
    var _ = Supervisor.at(Store.of(store.kv()).top()).count(); // after it has started the next one
    assertThat(store.process("kv alarm clock")).isNotEqualTo(clock);
    store.pass(1000);

    TimedStore.await(a);
    TimedStore.await(h);
  }
}
