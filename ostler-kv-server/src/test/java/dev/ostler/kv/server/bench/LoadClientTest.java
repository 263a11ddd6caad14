package dev.ostler.kv.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A client, with a clock that moves only when the client waits or the server takes its time. */
class LoadClientTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private final ManualTicker ticker = new ManualTicker();
  private final Load load = LoadTest.load("ping", "1");
  private final Tally tally = new Tally(load.mix());

  /** Answers each request after a tenth of a millisecond, except one, after a second. */
  private final class Server {
    private final int stalled;
    private int asked;
    private int answered;
    private int last = Integer.MAX_VALUE;
    private String reply = "+PONG\r\n";

    Server(int stalled) {
      this.stalled = stalled;
    }

    final OutputStream out =
        new OutputStream() {
          @Override
          public void write(int one) {
            throw new UnsupportedOperationException();
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            asked += length / "*1\r\n$4\r\nPING\r\n".length();
          }
        };

    final InputStream in =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            assertThat(answered).isLessThan(asked);
            if (answered == last) {
              return -1;
            }
            answered++;
            ticker.advance(answered == stalled ? SECOND : MILLI / 10);
            byte[] said = reply.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(said, 0, bytes, offset, said.length);
            return said.length;
          }
        };
  }

  private LoadClient client(Server server, int pipeline, Pace pace) {
    var requests = new RequestBuffer(load, new SplittableRandom(1));
    return new LoadClient(server.in, server.out, requests, pipeline, pace, tally, ticker);
  }

  private static Pace.Span seconds(long warmUp, long measured) {
    return new Pace.Span(0, warmUp * SECOND, (warmUp + measured) * SECOND);
  }

  private Pace fixed(Pace.Span span, double rate) {
    return new Pace.Fixed(span, Long.MAX_VALUE, ticker, rate, 0, 1);
  }

  private Round round(Pace.Span span) {
    return tally.round(span.measured(), List.of());
  }

  @Nested
  class At_a_fixed_rate {
    @Test
    void counts_what_all_requests_wait_while_the_server_stalls() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      client(new Server(5000), 1, fixed(span, 1000)).run();

      Histogram latencies = round(span).all().latencies();
      // After the stall, each request is 0.9 ms closer to its time than the one before.
      assertThat(latencies.getTotalCount()).isEqualTo(10_000);
      assertThat(millis(latencies, 50)).isCloseTo(0.1, within(0.001));
      assertThat(millis(latencies, 95)).isCloseTo(550, within(2.0));
      assertThat(millis(latencies, 99)).isCloseTo(910, within(2.0));
      assertThat(millis(latencies, 100)).isCloseTo(1000, within(2.0));
    }

    @Test
    void sends_what_is_due_together_and_counts_each_from_its_own_time() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      client(new Server(5000), 16, fixed(span, 1000)).run();

      Histogram latencies = round(span).all().latencies();
      assertThat(latencies.getTotalCount()).isEqualTo(10_000);
      assertThat(millis(latencies, 95)).isCloseTo(550, within(5.0));
    }

    @Test
    void counts_what_it_could_not_send_before_the_end() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      client(new Server(9501), 1, fixed(span, 1000)).run();

      Round.Command all = round(span).all();
      assertThat(all.latencies().getTotalCount()).isEqualTo(10_000);
      assertThat(all.unsent()).isEqualTo(499);
      assertThat(millis(all.latencies(), 97.5)).isCloseTo(750, within(5.0)); // until now
      assertThat(millis(all.latencies(), 100)).isCloseTo(1000, within(2.0));
    }

    @Test
    void leaves_out_what_was_due_during_the_warm_up() throws LoadClient.Lost {
      Pace.Span span = seconds(6, 10);
      client(new Server(2000), 1, fixed(span, 1000)).run();

      Round round = round(span);
      assertThat(round.all().latencies().getTotalCount()).isEqualTo(10_000);
      assertThat(millis(round.all().latencies(), 100)).isLessThan(1);
      assertThat(round.rate()).isCloseTo(1000, within(1.0));
    }

    @Test
    void shares_the_rate_with_the_other_clients() {
      var times = new long[1];
      Pace second = new Pace.Fixed(seconds(0, 10), 3, ticker, 1000, 1, 4);

      assertThat(second.next(times)).isOne();
      assertThat(times).containsExactly(MILLI);
      assertThat(second.next(times)).isOne();
      assertThat(times).containsExactly(5 * MILLI);
      assertThat(second.next(times)).isOne();
      assertThat(second.next(times)).isZero(); // it has no more requests
      assertThat(second.nextUnsent()).isEqualTo(Pace.NONE);
      assertThat(ticker.nanoTime()).isEqualTo(9 * MILLI);
    }

    @Test
    void tells_how_late_it_sent_because_of_this_machine() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      client(new Server(5000), 1, fixed(span, 1000)).run();

      assertThat(round(span).late().getMaxValue())
          .isOne(); // not at all, however late the server was
    }
  }

  @Nested
  class As_fast_as_the_server_answers {
    @Test
    void counts_one_long_answer_as_one() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      client(new Server(5000), 1, new Pace.Unlimited(span, Long.MAX_VALUE, ticker)).run();

      Histogram latencies = round(span).all().latencies();
      assertThat(latencies.getTotalCount()).isEqualTo(90_001);
      assertThat(millis(latencies, 99.99)).isCloseTo(0.1, within(0.001));
      assertThat(millis(latencies, 100)).isCloseTo(1000, within(1.0));
    }

    @Test
    void sends_so_many_requests_after_the_warm_up() throws LoadClient.Lost {
      Pace.Span span = seconds(1, 1000);
      var server = new Server(0);
      client(server, 16, new Pace.Unlimited(span, 1000, ticker)).run();

      Round round = round(span);
      assertThat(round.all().answered()).isEqualTo(1000);
      assertThat(server.answered).isBetween(10_900, 11_100);
      assertThat(round.rate()).isCloseTo(10_000, within(200.0));
    }
  }

  @Nested
  class Its_replies {
    @Test
    void that_are_errors_are_counted_with_their_text_and_without_their_latency()
        throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      var server = new Server(0);
      server.reply = "-ERR no\r\n";
      client(server, 1, new Pace.Unlimited(span, 100, ticker)).run();

      Round round = round(span);
      assertThat(round.all().errors()).isEqualTo(100);
      assertThat(round.all().latencies().getTotalCount()).isZero();
      assertThat(round.complaints()).containsEntry("ERR no", 100L);
      assertThat(round.isClean()).isFalse();
    }

    @Test
    void that_are_nil_are_counted() throws LoadClient.Lost {
      Pace.Span span = seconds(0, 10);
      var server = new Server(0);
      server.reply = "$-1\r\n";
      client(server, 1, new Pace.Unlimited(span, 100, ticker)).run();

      assertThat(round(span).all().missing()).isEqualTo(100);
      assertThat(round(span).isClean()).isTrue();
    }

    @Test
    void that_do_not_come_are_told_with_their_number() {
      var server = new Server(0);
      server.last = 50;

      assertThatThrownBy(client(server, 16, new Pace.Unlimited(seconds(0, 10), 100, ticker))::run)
          .isInstanceOfSatisfying(
              LoadClient.Lost.class,
              lost -> {
                assertThat(lost.requests).isEqualTo(14);
                assertThat(lost).hasMessage("the server closed the connection");
              });
    }
  }

  private static double millis(Histogram latencies, double percentile) {
    return (double) latencies.getValueAtPercentile(percentile) / MILLI;
  }
}
