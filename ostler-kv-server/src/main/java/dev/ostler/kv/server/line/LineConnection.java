package dev.ostler.kv.server.line;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Self;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Gate;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * One client of the line protocol. Its process runs {@link #run}; any thread may {@link #drain} and
 * {@link #close} it.
 */
final class LineConnection {
  /*
   *   WORKING  -> READING    the process is about to wait for the client
   *   READING  -> WORKING    the client has sent something
   *   any      -> DRAINING   another thread: finish what has begun, and do not wait again
   *
   * The thread that drains a READING connection shuts its input down, which ends the wait. It
   * leaves the input of a WORKING connection open, so that the process can discard what still
   * arrives: to close a socket with unread input resets it, and replies on their way would be lost.
   */
  private enum Phase {
    WORKING,
    READING,
    DRAINING
  }

  /** The size of one write, at most. The buffer starts small and grows. */
  private static final int WRITE_BYTES = 64 * 1024;

  /** For how long, and for how many bytes, input is discarded after the last reply. */
  private static final int LINGER_MILLIS = 500;

  private static final int LINGER_BYTES = 4 * 1024 * 1024;

  /** After this time, a connection that always has input lets others run. */
  private static final long TURN_NANOS = 1_000_000;

  private final Socket socket;
  private final Store store;
  private final Gate seen; // what the replies depend on
  private final LineReplies replies;
  private final int maxBacklogBytes;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WORKING);

  LineConnection(Socket socket, Store store, int maxBacklogBytes) {
    this.socket = socket;
    this.store = store;
    this.seen = store.gate();
    this.replies = new LineReplies(store, seen);
    this.maxBacklogBytes = maxBacklogBytes;
  }

  // --- What others do with it

  /** Makes the process write the replies it owes, and end. */
  void drain() {
    if (phase.getAndSet(Phase.DRAINING) == Phase.READING) {
      try {
        socket.shutdownInput();
      } catch (IOException e) {
        // It is closed already.
      }
    }
  }

  /** Closes the socket, even while another thread uses it. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // The socket is unusable, which was the aim.
    }
  }

  // --- The life of its process

  /** Serves the client until it leaves; the process then ends with shutdown. */
  void run() {
    try (socket) {
      socket.setTcpNoDelay(true);
      converse(
          socket.getInputStream(),
          new BufferedOutputStream(
              GatedOutput.of(socket.getOutputStream(), seen, LineReplies.ERROR), WRITE_BYTES));
    } catch (IOException e) {
      // The client has left.
    }
    Self.exit(ExitReason.SHUTDOWN);
  }

  /** Tells a client above the limit so; the process then ends. */
  void refuse(String why) {
    try (socket) {
      sayLast(LineReplies.ERROR, socket.getOutputStream());
    } catch (IOException e) {
      // The client has left.
    }
    Self.exit(ExitReason.shutdown(why));
  }

  private void converse(InputStream in, OutputStream out) throws IOException {
    var reader = new LineReader();
    long busySince = System.nanoTime();
    do {
      for (byte[] line = reader.next(); line != null; line = reader.next()) {
        LineCommand command = LineCommand.parse(line);
        if (command instanceof LineCommand.Subscribe(String name)) {
          if (subscribe(name, in, out)) {
            return;
          }
        } else {
          out.write(bytes(orError(() -> replies.reply(command), out)));
        }
      }
      if (reader.isTooLong()) {
        sayLast(LineReplies.ERROR, out);
        Self.exit(ExitReason.shutdown("a line is longer than " + LineReader.LIMIT + " bytes"));
      }
      if (in.available() == 0) {
        // otherwise there is more input, and its replies can be written together with these
        out.flush();
        busySince = System.nanoTime();
      } else if (System.nanoTime() - busySince > TURN_NANOS) {
        LockSupport.parkNanos(1); // a client that never pauses must not occupy a carrier thread
        busySince = System.nanoTime();
      }
    } while (awaitInput(() -> reader.fill(in)));
    out.flush();
    leave();
  }

  private static byte[] bytes(String reply) {
    return Bytes.array(reply);
  }

  private interface Wait {
    boolean forMore() throws IOException;
  }

  /** Waits for the client; false if its input has ended, or the connection drains. */
  private boolean awaitInput(Wait wait) throws IOException {
    return phase.compareAndSet(Phase.WORKING, Phase.READING)
        && wait.forMore()
        && (phase.compareAndSet(Phase.READING, Phase.WORKING) || phase.get() == Phase.DRAINING);
  }

  /** Returns the result. If there is none, writes ERROR as the last reply and ends the process. */
  private <R> R orError(Supplier<R> work, OutputStream out) {
    try {
      return work.get();
    } catch (KvException | CallException | LineReplies.Refused e) {
      sayLast(LineReplies.ERROR, out);
      Self.exit(ExitReason.shutdown(String.valueOf(e.getMessage())));
      throw e;
    } catch (RuntimeException e) {
      sayLast(LineReplies.ERROR, out);
      throw e; // the crash report has the reason
    }
  }

  /** Writes the last reply, and makes sure that the client can read it. */
  private void sayLast(String reply, OutputStream out) {
    try {
      out.write(bytes(reply));
      out.flush();
      leave();
    } catch (IOException e) {
      // The client has left.
    }
  }

  /** Shuts the output down, and discards input for a while. */
  private void leave() throws IOException {
    if (socket.isInputShutdown()) {
      return;
    }
    socket.shutdownOutput();
    socket.setSoTimeout(LINGER_MILLIS);
    long end = System.nanoTime() + LINGER_MILLIS * 1_000_000L;
    byte[] ignored = new byte[8 * 1024];
    int left = LINGER_BYTES;
    while (left > 0 && System.nanoTime() - end < 0) {
      int count = socket.getInputStream().read(ignored);
      if (count < 0) {
        return;
      }
      left -= count;
    }
  }

  // --- Subscriptions

  /** Passes on a bucket's changes until the client leaves; false if there is no such bucket. */
  private boolean subscribe(String name, InputStream in, OutputStream out) throws IOException {
    out.flush();
    var subscriber = new Subscriber(socket.getOutputStream(), maxBacklogBytes);
    if (!orError(() -> begin(name, subscriber), out)) {
      out.write(bytes(LineReplies.NOT_FOUND));
      return false;
    }
    byte[] ignored = new byte[1024];
    while (awaitInput(() -> in.read(ignored) >= 0)) {
      // Input of a subscriber is ignored; reading it shows when the client leaves.
    }
    if (phase.get() == Phase.DRAINING) {
      subscriber.finish();
      Self.receive(Down.class); // never arrives: this process ends with the subscriber
    }
    return true;
  }

  /** Subscribes to the bucket; otherwise ends the subscriber, which then writes nothing. */
  private boolean begin(String name, Subscriber subscriber) {
    boolean begun = false;
    try {
      begun = store.use(name, bucket -> begin(subscriber, bucket)).isPresent();
    } catch (KvException.BucketGone e) {
      // Each of its processes has ended.
    } finally {
      if (!begun) {
        subscriber.dismiss();
      }
    }
    return begun;
  }

  private static BucketRef begin(Subscriber subscriber, BucketRef bucket) {
    var _ = bucket.subscribe(subscriber);
    subscriber.follow(bucket);
    return bucket;
  }
}
