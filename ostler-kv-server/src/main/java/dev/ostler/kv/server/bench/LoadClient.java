package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One client: it sends requests at its pace, and waits for their replies. Used by its own thread,
 * except for {@link #waitingSince}.
 */
final class LoadClient {
  /** There is no such time. */
  static final long NEVER = Long.MIN_VALUE;

  private final ReplyScanner replies;
  private final OutputStream out;
  private final RequestBuffer requests;
  private final Pace pace;
  private final Pace.Span span;
  private final Tally tally;
  private final Ticker ticker;

  // What it has sent together.
  private final long[] times;
  private final Kind[] kinds;

  private long lastMeasured = NEVER; // when the last reply that counts arrived

  private volatile long waitingSince = NEVER; // read by the thread that started it

  LoadClient(
      InputStream in,
      OutputStream out,
      RequestBuffer requests,
      int pipeline,
      Pace pace,
      Tally tally,
      Ticker ticker) {
    this.replies = new ReplyScanner(in, ticker::nanoTime);
    this.out = out;
    this.requests = requests;
    this.pace = pace;
    this.span = pace.span();
    this.tally = tally;
    this.ticker = ticker;
    this.times = new long[pipeline];
    this.kinds = new Kind[pipeline];
  }

  /** When it sent the requests whose replies it waits for; {@link #NEVER} if it does not wait. */
  long waitingSince() {
    return waitingSince;
  }

  /**
   * Sends until its time is over.
   *
   * @throws Lost if the connection fails
   */
  void run() throws Lost {
    ticker.awaitNanoTime(span.begin());
    try {
      exchange();
    } finally {
      if (lastMeasured != NEVER) {
        tally.arrived(lastMeasured);
      }
    }
    for (long time = pace.nextUnsent(); time != Pace.NONE; time = pace.nextUnsent()) {
      if (span.isMeasured(time)) {
        tally.unsent(requests.draw(), ticker.nanoTime() - time);
      }
    }
  }

  private void exchange() throws Lost {
    long free = ticker.nanoTime();
    for (int count = pace.next(times); count > 0; count = pace.next(times)) {
      for (int i = 0; i < count; i++) {
        kinds[i] = requests.add();
      }
      long sent = ticker.nanoTime();
      if (span.isMeasured(times[0])) {
        tally.late(sent - Math.max(free, times[0]));
      }
      waitingSince = sent;
      int got = 0;
      try {
        requests.sendTo(out);
        for (; got < count; got++) {
          receive(kinds[got], times[got]);
        }
      } catch (IOException e) {
        throw new Lost(count - got, e);
      } finally {
        waitingSince = NEVER;
      }
      free = replies.arrived();
    }
  }

  /** The connection has failed. */
  static final class Lost extends Exception {
    /** How many of the requests that were sent have no reply. */
    final int requests;

    Lost(int requests, IOException why) {
      super(why.getMessage() == null ? why.toString() : why.getMessage(), why);
      this.requests = requests;
    }
  }

  private void receive(Kind kind, long time) throws IOException {
    ReplyScanner.Reply reply = replies.next();
    if (!span.isMeasured(time)) {
      return;
    }
    long arrived = replies.arrived();
    lastMeasured = arrived;
    switch (reply) {
      case VALUE -> tally.answered(kind, false, arrived - time);
      case NIL -> tally.answered(kind, true, arrived - time);
      case ERROR -> tally.refused(kind, replies.error());
    }
  }
}
