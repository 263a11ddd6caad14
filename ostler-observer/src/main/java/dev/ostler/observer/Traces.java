package dev.ostler.observer;

import dev.ostler.CallException;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Live traces of single servers: their messages, replies and states. A trace ends by itself, after
 * a number of events, a time, the end of the server, or when its reader is too slow. Any thread may
 * begin one, which then runs on the thread that reads it.
 */
final class Traces {
  /** How many there are at most at a time. */
  static final int MOST = 16;

  private static final int QUEUE = 256;
  private static final int MOST_CHARACTERS = 8 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final long LOOK_MILLIS = 200;

  private final Semaphore places = new Semaphore(MOST);

  /** Where events of a trace go. */
  private interface Reader {
    void message(Map<String, Object> event) throws IOException;
  }

  /** An event, and when it was. */
  private record Entry(Instant time, Inspection.Traced traced) {}

  /** A trace of a server, as a stream. It has begun when this returns. */
  Answer open(Pid pid, int count, int seconds) {
    var trace = new Trace(pid);
    return new Answer.Streamed(
        stream -> {
          String why = trace.run(count, seconds, event -> stream.send("message", event));
          stream.send("end", Json.object("why", why));
        },
        trace::end);
  }

  /** What a server does, as a list, for a short time. */
  Map<String, Object> collect(Pid pid, int count, int seconds)
      throws IOException, InterruptedException {
    var trace = new Trace(pid);
    try {
      var events = new ArrayList<Object>();
      String why = trace.run(count, seconds, events::add);
      return Json.object("messages", events, "why", why);
    } finally {
      trace.end();
    }
  }

  /** One trace, from when it is made until its end. Used by one thread, besides the server. */
  private final class Trace {
    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Pid pid;

    Trace(Pid pid) {
      this.pid = pid;
      if (Inspection.kind(pid) == Inspection.Kind.PROCESS) {
        throw new Refusal(409, pid + " is a raw process, which cannot be traced");
      }
      if (!places.tryAcquire()) {
        throw new Refusal(503, "there are " + MOST + " traces already");
      }
      boolean begun = false;
      try {
        Inspection.trace(pid, this, MOST_CHARACTERS, this::offer, PATIENCE);
        begun = true;
      } finally {
        if (!begun) {
          places.release();
        }
      }
    }

    /** In the server. */
    private boolean offer(Inspection.Traced traced) {
      return queue.offer(new Entry(Instant.now(), traced));
    }

    /** Passes on events until the trace ends; gives why it did. */
    String run(int count, int seconds, Reader reader) throws IOException, InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      return pass(pid, count, end, queue, reader);
    }

    void end() {
      try {
        Inspection.endTrace(pid, this, PATIENCE);
      } catch (CallException e) {
        // It has ended; or it is busy, and the trace ends once nobody empties the queue.
      } finally {
        places.release();
      }
    }
  }

  private static String pass(
      Pid pid, int count, long end, BlockingQueue<Entry> queue, Reader reader)
      throws IOException, InterruptedException {
    for (int told = 0; told < count; ) {
      boolean alive = pid.isAlive(); // before it looks: what comes after is the last
      boolean full = queue.remainingCapacity() == 0;
      Entry entry = next(queue, end);
      if (entry != null) {
        reader.message(told(entry));
        told++;
        if (full) {
          return "the reader is too slow";
        }
      } else if (!alive) {
        return "the process has ended";
      } else if (System.nanoTime() - end >= 0) {
        return "the time is over";
      }
    }
    return "there were as many as were wanted";
  }

  private static @Nullable Entry next(BlockingQueue<Entry> queue, long end)
      throws InterruptedException {
    long left = Math.min(end - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    return queue.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
  }

  private static Map<String, Object> told(Entry entry) {
    Inspection.Shown shown = entry.traced.shown();
    return Json.object(
        "time",
        entry.time.toString(),
        "kind",
        switch (entry.traced.kind()) {
          case CALL, CAST, INFO -> "in";
          case REPLY -> "out";
          case STATE -> "state";
        },
        "text",
        shown.cut() ? shown.text() + "…" : shown.text(),
        "cut",
        shown.cut() ? true : null,
        "from",
        entry.traced.peer().map(Pid::id));
  }
}
