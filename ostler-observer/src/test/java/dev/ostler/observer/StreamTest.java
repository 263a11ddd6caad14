package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.Processes;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.observer.http.AnswerTime;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The observer's streams of events. */
@ExtendWith(OstlerExtension.class)
class StreamTest {
  private final Observer observer = Observer.serve(0);
  private final Peer peer = Peer.on(observer.port());

  @AfterEach
  void close() {
    observer.close();
  }

  private Peer.Stream open() throws IOException {
    Peer.Stream stream = peer.stream("GET", "/api/v1/stream", "");
    assertThat(stream.status()).isEqualTo(200);
    return stream;
  }

  @Test
  void tell_the_overview_again_and_again() throws IOException {
    try (Peer.Stream stream = open()) {
      Map<?, ?> first = stream.next("overview");
      Map<?, ?> second = stream.next("overview");
      Agent<Integer> called = Agent.of(() -> 1).start();
      while (second.get("rates") == null || second.get("calls") == null) {
        for (int call = 0; call < 100; call++) { // about one in sixteen is timed
          called.get(value -> value);
        }
        second = stream.next("overview");
      }

      assertThat((Long) first.get("processes")).isNotNegative();
      assertThat(first.containsKey("history")).isFalse();
      assertThat(Peer.at(second, "rates", "started")).isNotNull();
      assertThat(Peer.at(second, "calls", "p99")).isNotNull();
    }
  }

  @Test
  void tell_of_a_crash() throws IOException {
    try (Peer.Stream stream = open()) {
      stream.next("overview");
      Processes.spawn(
          "planted",
          () -> {
            throw new IllegalStateException("the planted bug");
          });

      Map<?, ?> happened = stream.next("happened");

      assertThat(happened.get("kind")).isEqualTo("crashed");
      assertThat(happened.get("label")).isEqualTo("planted");
      assertThat((String) happened.get("text")).contains("the planted bug");
    }
    assertThat(peer.get("/api/v1/crashes").at("crashes", 0, "label")).isEqualTo("planted");
    assertThat((String) peer.get("/api/v1/crashes").at("crashes", 0, "text"))
        .contains("StreamTest");
    assertThat(peer.get("/api/v1/overview").at("most_crashes", 0, "count")).isEqualTo(1L);
  }

  @Test
  void leave_out_what_is_too_much() throws IOException {
    try (Peer.Stream stream = open()) {
      stream.next("overview");
      for (int i = 0; i < 4 * Feed.MOST_HAPPENED; i++) {
        Processes.spawn(
            "storm",
            () -> {
              throw new IllegalStateException("one of many");
            });
      }
      int told = 0;
      Map<?, ?> event = stream.next("happened");
      while (!event.get("kind").equals("left_out")) {
        told++;
        event = stream.next("happened");
      }

      assertThat((Long) event.get("count")).isPositive();
      assertThat(told).isGreaterThanOrEqualTo(Feed.MOST_HAPPENED);
    }
  }

  @Test
  void are_refused_if_there_are_too_many() throws IOException {
    var streams = new ArrayList<Peer.Stream>();
    try {
      for (int i = 0; i < Feed.MOST; i++) {
        streams.add(open());
      }
      assertThat(refusals(10_000)).isEqualTo(10_000);
      assertThat(peer.get("/api/v1/overview").status()).isEqualTo(200);
      assertThat(streams.getLast().next("overview").get("time")).isNotNull();
    } finally {
      for (Peer.Stream each : streams) {
        each.close();
      }
    }
  }

  /** How many of so many clients are refused; some of them ask at a time. */
  private long refusals(int clients) {
    return IntStream.range(0, clients)
        .parallel()
        .filter(
            _ -> {
              try (Peer.Stream another = peer.stream("GET", "/api/v1/stream", "")) {
                return another.status() == 503;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .count();
  }

  @Test
  void end_with_the_observer() throws IOException {
    try (Peer.Stream stream = open()) {
      stream.next("overview");
      observer.close();

      assertThatThrownBy(
              () -> {
                while (true) {
                  stream.next("overview");
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  /** A client whose socket takes nothing more. */
  private static final class Stuck extends OutputStream {
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public void write(int each) throws IOException {
      try {
        never.await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted, as a write to a socket is", e);
      }
    }
  }

  @Test
  void give_up_a_client_that_does_not_read() {
    var stream = new EventStream(new Stuck(), Duration.ofMillis(1));

    assertThatThrownBy(() -> stream.send("overview", Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("interrupted");
    AnswerTime.unlimited();
  }

  private static String end(Peer.Stream stream) {
    try {
      return (String) stream.next("end").get("why");
    } catch (IOException e) {
      return "closed"; // it did not read for too long
    }
  }

  /** 16 MB of texts are more than sockets hold, so the server has to wait for this client. */
  @Test
  void keep_no_server_waiting_that_is_traced() throws IOException {
    Agent<String> traced = Agent.of(() -> "x".repeat(8_000)).label("chatty").start();
    Peer authorized = peer.token(observer.token());
    String path = "/api/v1/processes/" + traced.pid().id() + "/trace";
    try (Peer.Stream slow = authorized.stream("POST", path, "{\"count\":10000,\"seconds\":60}")) {
      assertThat(slow.status()).isEqualTo(200);
      for (int i = 0; i < 2_000; i++) {
        traced.update(state -> state);
      }
      assertThat(traced.get(String::length)).isEqualTo(8_000);

      assertThat(end(slow)).isIn("the reader is too slow", "closed");
    }
  }
}
