package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Pid;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A loop and its clients when there is no memory. */
@ExtendWith(OstlerExtension.class)
class RespLoopTest {
  private RespLoop loop;
  private Pid pid;
  private Pipe pipe;
  private final AtomicInteger times = new AtomicInteger();
  private final CountDownLatch done = new CountDownLatch(1);

  @BeforeEach
  void start() throws IOException {
    loop = new RespLoop("loop of a test");
    pid = loop.start();
    pipe = Pipe.open();
    pipe.source().configureBlocking(false);
  }

  @AfterEach
  void close() throws IOException {
    loop.end();
    pipe.sink().close();
    pipe.source().close();
  }

  /** Fails for lack of memory the first times it is called. */
  private void failTwice() {
    if (times.incrementAndGet() <= 2) {
      throw new OutOfMemoryError("of a test");
    }
  }

  private void awaitDone() throws InterruptedException {
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(pid.isAlive()).isTrue();
  }

  /** Receives the events that there is something to read, and that the turn ends. */
  private abstract static class Heard implements RespLoop.Watched {
    @Override
    public void ready(SelectionKey key) {
      try {
        var _ = ((Pipe.SourceChannel) key.channel()).read(ByteBuffer.allocate(10));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void abandon() {}
  }

  private void watch(RespLoop.Watched watched) throws IOException {
    loop.execute(() -> loop.register(pipe.source(), SelectionKey.OP_READ, watched));
    pipe.sink().write(ByteBuffer.wrap(new byte[1]));
  }

  @Test
  void a_client_that_never_finds_memory_delays_no_other_and_is_disconnected() throws Exception {
    var left = new CountDownLatch(1);
    Pipe other = Pipe.open();
    other.source().configureBlocking(false);
    try (var sink = other.sink();
        var source = other.source()) {
      watch(
          new RespLoop.Watched() {
            @Override
            public void ready(SelectionKey key) {
              times.incrementAndGet();
              throw new OutOfMemoryError("of a test");
            }

            @Override
            public void abandon() {
              loop.execute(() -> close(pipe.source()));
              left.countDown();
            }
          });
      loop.execute(
          () ->
              loop.register(
                  source,
                  SelectionKey.OP_READ,
                  new Heard() {
                    @Override
                    public void ready(SelectionKey key) {
                      super.ready(key);
                      done.countDown();
                    }
                  }));
      sink.write(ByteBuffer.wrap(new byte[1]));

      awaitDone();
      assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(pid.isAlive()).isTrue();
    }
  }

  private static void close(Pipe.SourceChannel source) {
    try {
      source.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_task_for_which_there_was_no_memory_is_done_again() throws Exception {
    loop.execute(
        () -> {
          failTwice();
          done.countDown();
        });
    awaitDone();
  }

  @Test
  void a_task_that_never_finds_memory_delays_no_other() throws Exception {
    loop.execute(
        () -> {
          throw new OutOfMemoryError("of a test");
        });
    loop.execute(done::countDown);
    awaitDone();
  }

  @Test
  void a_ready_socket_is_reported_again() throws Exception {
    watch(
        new Heard() {
          @Override
          public void ready(SelectionKey key) {
            failTwice();
            super.ready(key);
            done.countDown();
          }
        });
    awaitDone();
  }

  @Test
  void a_client_that_waits_for_the_end_of_a_turn_is_told_again() throws Exception {
    watch(
        new Heard() {
          @Override
          public void ready(SelectionKey key) {
            super.ready(key);
            loop.tellAtTheEnd(this);
          }

          @Override
          public void turnEnds() {
            failTwice();
            done.countDown();
          }
        });
    awaitDone();
  }

  @Test
  void a_client_without_memory_for_the_end_of_a_turn_is_disconnected_and_others_are_served()
      throws Exception {
    watch(
        new Heard() {
          @Override
          public void ready(SelectionKey key) {
            super.ready(key);
            loop.tellAtTheEnd(this);
          }

          @Override
          public void turnEnds() {
            throw new OutOfMemoryError("of a test");
          }

          @Override
          public void abandon() {
            done.countDown();
          }
        });
    awaitDone();
  }
}
