package dev.ostler.kv.server.line;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The process that writes a bucket's changes to one client, and the queue of changes for it.
 *
 * <p>A bucket never waits for it: a client that reads too slowly is disconnected. The client's
 * connection starts it and is linked with it, so that each ends with the other.
 */
final class Subscriber implements BucketServer.Listener {
  /** A change to be written, and its size in bytes. */
  private record Push(String line, long bytes) {}

  /** The subscription ends with this bucket. */
  private record Follow(BucketRef bucket) {}

  /** The connection is about to close: write what waits, and end. */
  private record Finish() {}

  private final OutputStream out;
  private final int limit;
  private final AtomicLong waiting = new AtomicLong(); // bytes offered and not written yet
  private final Pid pid;
  private @Nullable BucketRef followed; // touched by this process only

  /**
   * Starts the process, linked with the calling process, which must not use the stream any more.
   */
  Subscriber(OutputStream out, int limit) {
    this.out = out;
    this.limit = limit;
    this.pid = Self.spawnLink("line subscriber", this::run);
  }

  @Override
  public Pid pid() {
    return pid;
  }

  // --- What others do with it

  /** Queues a change, or disconnects the client. Never waits. */
  @Override
  public void changed(Change change, long seq) {
    String text = line(change);
    if (text == null) {
      return;
    }
    if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
      cut("a change with a line break does not fit on one line");
      return;
    }
    long bytes = text.length() + 2L;
    long before = waiting.getAndAdd(bytes);
    if (before > 0 && before + bytes > limit) {
      cut("the subscriber is too slow: more than " + limit + " bytes wait for it");
    } else {
      pid.send(new Push(text, bytes));
    }
  }

  private void cut(String why) {
    pid.exit(ExitReason.shutdown(why));
  }

  void follow(BucketRef bucket) {
    pid.send(new Follow(bucket));
  }

  void finish() {
    pid.send(new Finish());
  }

  /**
   * Ends this process only, because nothing was subscribed to. Called by the process that started
   * it.
   */
  void dismiss() {
    Self.unlink(pid);
    pid.exit(ExitReason.SHUTDOWN);
  }

  // --- What it does

  private void run() {
    boolean more = true;
    while (more) {
      var messages = new ArrayList<Object>();
      messages.add(Self.receive());
      messages.addAll(Self.flush());
      more = attend(messages);
    }
    Self.exit(ExitReason.SHUTDOWN);
  }

  /** Writes all changes in one piece; false if the subscription is over. */
  private boolean attend(List<Object> messages) {
    boolean more = true;
    long bytes = 0;
    var lines = new StringBuilder();
    for (Object message : messages) {
      switch (message) {
        case Push push -> {
          lines.append(push.line()).append("\r\n");
          bytes += push.bytes();
        }
        case Follow(BucketRef bucket) -> {
          followed = bucket;
          var _ = Self.monitor(bucket.pid());
        }
        case Down _ -> {
          if (followed != null) {
            followed.whenSettled(this::finish); // after the changes that are not durable yet
          }
        }
        case Finish _ -> more = false;
        default -> {} // a message from elsewhere does not concern the client
      }
    }
    boolean written = write(lines.toString());
    waiting.addAndGet(-bytes);
    return written && more;
  }

  /** False if the client has left. */
  private boolean write(String lines) {
    try {
      out.write(lines.getBytes(StandardCharsets.ISO_8859_1));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** A change as text of the line protocol, a byte string; null if it has no text for it. */
  static @Nullable String line(Change change) {
    return switch (change) {
      case Change.Put(String key, String value) -> key + " SET TO " + value;
      case Change.Removed(String key) -> key + " DELETED";
      case Change.KeyDeadline _,
          Change.Text _,
          Change.Deadline _,
          Change.Kept _,
          Change.Dropped _ ->
          null;
    };
  }
}
