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
 * The process that writes a bucket's changes to one client, and what waits for that client.
 *
 * <p>The bucket offers, and never waits: a client that reads too slowly is cut off. Started by the
 * client's connection, and linked with it: each ends with the other.
 */
final class Subscriber implements BucketServer.Listener {
  /** A change on its way to the client, and how many bytes it takes there. */
  private record Push(String line, long bytes) {}

  /** From now on the end of the bucket is the end of the subscription. */
  private record Follow(BucketRef bucket) {}

  /** The connection is about to close: writes what waits, and ends. */
  private record Finish() {}

  private final OutputStream out;
  private final int limit;
  private final AtomicLong waiting = new AtomicLong(); // bytes offered and not yet written
  private final Pid pid;
  private @Nullable BucketRef followed; // its own

  /** Starts it, linked to the calling process, which leaves the stream to it. */
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
  // ---------------------------------------------------------------------

  /** Hands over a change, or cuts the client off. Never waits. */
  @Override
  public void changed(Change change, long seq) {
    String text = line(change);
    if (text == null) {
      return;
    }
    if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
      cut("a change with a line break cannot be told on a line");
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

  /** Ends it alone: nothing was subscribed to. Called by the process that started it. */
  void dismiss() {
    Self.unlink(pid);
    pid.exit(ExitReason.SHUTDOWN);
  }

  // --- What it does
  // -------------------------------------------------------------------------------

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

  /** Writes all changes at once; false if nothing is to follow. */
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
            followed.whenSettled(this::finish); // behind changes that have yet to be kept
          }
        }
        case Finish _ -> more = false;
        default -> {} // a stranger's message is no business of the client
      }
    }
    boolean written = write(lines.toString());
    waiting.addAndGet(-bytes);
    return written && more;
  }

  /** False if the client is gone. */
  private boolean write(String lines) {
    try {
      out.write(lines.getBytes(StandardCharsets.ISO_8859_1));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** A change in the words of the line protocol, a byte string; null if it has none for it. */
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
