package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.GenServer;
import dev.ostler.junit.OstlerExtension;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Calls by threads of a fork-join pool. */
@ExtendWith(OstlerExtension.class)
class PoolTest {

  @Test
  void a_worker_that_waits_for_a_reply_lets_its_pool_run_other_work() throws Exception {
    var server = GenServer.of(Scripted::new).start();
    var other = new CountDownLatch(1);
    try (var pool = new ForkJoinPool(1)) {
      var reply =
          pool.submit(
              () -> {
                pool.execute(other::countDown);
                return server.call(
                    new Scripted.Ask(
                        () -> {
                          other.await(); // the pool's only worker waits for this reply
                          return "done";
                        }),
                    Deaths.PATIENCE);
              });

      assertThat(reply.get()).isEqualTo("done");
    }
  }
}
