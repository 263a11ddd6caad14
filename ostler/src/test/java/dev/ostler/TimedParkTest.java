package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The JDK loses a virtual thread that parks for a time while the heap is full. */
class TimedParkTest {
  private static final long LONG = TimeUnit.HOURS.toNanos(1);

  /** The state in which the thread waits. */
  private static Thread.State waiting(Thread thread) {
    Thread.State state = thread.getState();
    while (state != Thread.State.WAITING && state != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait(); // ends with the test, at the latest
      state = thread.getState();
    }
    return state;
  }

  @Test
  void a_virtual_thread_makes_its_timer_before_it_parks_without_a_time() throws Exception {
    Thread thread = Thread.startVirtualThread(() -> TimedPark.park(this, LONG));

    assertThat(waiting(thread)).isEqualTo(Thread.State.WAITING);
    LockSupport.unpark(thread);
    thread.join();
  }

  @Test
  void the_time_ends_the_wait() throws Exception {
    Thread thread = Thread.startVirtualThread(() -> TimedPark.park(this, 1_000_000));
    thread.join();
  }

  @Test
  void whoever_owns_a_server_parks_for_a_time_in_no_other_way() throws IOException {
    var parking = new ArrayList<String>();
    try (var files = Files.list(Path.of("src", "main", "java", "dev", "ostler"))) {
      for (Path file : files.toList()) {
        if (Files.readString(file).contains("LockSupport.parkNanos(")) {
          parking.add(file.getFileName().toString());
        }
      }
    }
    assertThat(parking)
        .containsExactlyInAnyOrder(
            "TimedPark.java",
            "Rescuer.java", // a platform thread's
            "Scheduler.java", // platform threads', too
            "Clock.java"); // of a call or a receive
  }
}
