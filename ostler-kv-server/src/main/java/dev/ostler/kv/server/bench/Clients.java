package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/** The clients of one round, and the measurement of what they do. Used by one thread. */
final class Clients {
  private static final long NANOS_TO_START = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long NANOS_TO_START_ONE = TimeUnit.MICROSECONDS.toNanos(200);

  /** How long a round may last that ends after a number of requests. */
  private static final long FOREVER = Long.MAX_VALUE / 4;

  /** Less than this is no second to tell of. */
  private static final double SHORTEST = 0.5;

  private final Load load;
  private final Schedule schedule;
  private final Ticker ticker = Ticker.SYSTEM;
  private final Tally tally;
  private final ProgressLine progress;
  private final String title;

  private final List<Seat> seats = new ArrayList<>();
  private final List<Round.Second> seconds = new ArrayList<>();
  private final CountDownLatch working;
  private long sampled; // when the last second was
  private long errors; // until then

  private Clients(Load load, Schedule schedule, ProgressLine progress, String title) {
    this.load = load;
    this.schedule = schedule;
    this.tally = new Tally(load.mix());
    this.progress = progress;
    this.title = title;
    this.working = new CountDownLatch(schedule.clients());
  }

  /** A client, its connection, and whether it has ended. */
  private record Seat(LoadClient client, Socket socket, AtomicBoolean ended) {}

  /**
   * Measures a server.
   *
   * @param title what progress lines begin with
   * @throws IOException if not all clients can connect
   */
  static Round run(Target target, Load load, Schedule schedule, ProgressLine progress, String title)
      throws IOException {
    var clients = new Clients(load, schedule, progress, title);
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < schedule.clients(); i++) {
        sockets.add(target.dialer().dial());
      }
      return clients.measure(sockets);
    } finally {
      for (Socket socket : sockets) {
        closeLater(socket);
      }
    }
  }

  private Round measure(List<Socket> sockets) throws IOException {
    Pace.Span span = span();
    var seeds = new SplittableRandom(load.seed());
    for (Socket socket : sockets) {
      int number = seats.size();
      var client =
          new LoadClient(
              socket.getInputStream(),
              socket.getOutputStream(),
              new RequestBuffer(load, seeds.split()),
              schedule.pipeline(),
              pace(number, span),
              tally,
              ticker);
      seats.add(new Seat(client, socket, new AtomicBoolean()));
    }
    for (Seat seat : seats) {
      Thread.ofPlatform().daemon().name("bench client").start(() -> run(seat));
    }
    sampled = span.measured();
    while (!isDoneAfterSecond(span)) {
      second(span);
      giveUp();
    }
    second(span);
    return tally.round(span.measured(), seconds);
  }

  private Pace.Span span() {
    long begin = ticker.nanoTime() + NANOS_TO_START + NANOS_TO_START_ONE * schedule.clients();
    long measured = begin + schedule.warmUp().toNanos();
    long end = schedule.duration().map(time -> measured + time.toNanos()).orElse(begin + FOREVER);
    return new Pace.Span(begin, measured, end);
  }

  private Pace pace(int number, Pace.Span span) {
    long all = schedule.requests().orElse(Long.MAX_VALUE);
    int clients = schedule.clients();
    long own = all == Long.MAX_VALUE ? all : all / clients + (number < all % clients ? 1 : 0);
    return schedule
        .rate()
        .<Pace>map(rate -> new Pace.Fixed(span, own, ticker, rate, number, clients))
        .orElseGet(() -> new Pace.Unlimited(span, own, ticker));
  }

  private void run(Seat seat) {
    try {
      seat.client().run();
      end(seat, () -> {});
    } catch (LoadClient.Lost e) {
      end(seat, () -> tally.lost(e.requests, String.valueOf(e.getMessage())));
    } catch (RuntimeException | Error e) {
      end(seat, () -> tally.lost(schedule.pipeline(), e.toString()));
    }
  }

  /**
   * Ends a client, once, and returns whether this was the first try.
   *
   * @param account what is to be counted before the round can be over
   */
  private boolean end(Seat seat, Runnable account) {
    if (!seat.ended().compareAndSet(false, true)) {
      return false;
    }
    try {
      account.run();
    } finally {
      working.countDown();
    }
    return true;
  }

  /** Waits for a second, but not beyond the begin of the measurement. */
  private boolean isDoneAfterSecond(Pace.Span span) throws IOException {
    long second = TimeUnit.SECONDS.toNanos(1);
    long toBegin = span.measured() - ticker.nanoTime();
    try {
      return working.await(toBegin > 0 ? Math.min(toBegin, second) : second, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private void second(Pace.Span span) {
    long now = ticker.nanoTime();
    if (!span.isMeasured(now)) {
      progress.show(title + ": warming up");
      return;
    }
    double length = (now - sampled) / 1e9;
    if (length < SHORTEST && working.getCount() > 0) {
      return; // the measurement has just begun
    }
    Histogram recent = tally.sample();
    long failed = tally.errors() - errors;
    sampled = now;
    errors += failed;
    if (recent.getTotalCount() == 0 && working.getCount() == 0) {
      return; // the rest of a second in which nothing happened
    }
    var second =
        new Round.Second(
            length,
            recent.getTotalCount(),
            recent.getValueAtPercentile(50),
            recent.getValueAtPercentile(99),
            recent.getMaxValue(),
            failed);
    seconds.add(second);
    progress.show(
        String.format(
            Locale.ROOT,
            "%s: %.0f s, %,.0f requests a second, p50 %.3f ms, p99 %.3f ms, max %.3f ms, errors %,d",
            title,
            (now - span.measured()) / 1e9,
            second.requests() / length,
            second.p50() / 1e6,
            second.p99() / 1e6,
            second.max() / 1e6,
            errors));
  }

  /** Ends the clients that have waited too long for a reply. */
  private void giveUp() {
    long now = ticker.nanoTime();
    for (Seat seat : seats) {
      long since = seat.client().waitingSince();
      if (since != LoadClient.NEVER
          && now - since > schedule.replyTime().toNanos()
          && end(seat, () -> tally.lost(schedule.pipeline(), noReply()))) {
        closeLater(seat.socket());
      }
    }
  }

  private String noReply() {
    return "no reply within " + TextReport.withoutZero(schedule.replyTime().toNanos() / 1e9) + " s";
  }

  /** Closes it on another thread, because with TLS this may wait for the server. */
  private static void closeLater(Socket socket) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                socket.close();
              } catch (IOException e) {
                // It is of no use any more.
              }
            });
  }
}
