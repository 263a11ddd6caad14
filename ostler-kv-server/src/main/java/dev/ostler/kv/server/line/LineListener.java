package dev.ostler.kv.server.line;

import dev.ostler.Backoff;
import dev.ostler.CallException;
import dev.ostler.ChildSpec;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.server.net.Ports;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The server socket of the line protocol, and the process that accepts clients.
 *
 * <p>The socket is bound before the process starts, so that opening the store reports a failure,
 * and the port stays the same when the process is restarted. The socket is closed when the process
 * ends. {@link #child} belongs to the supervisor's process; any thread may {@link #close}.
 */
public final class LineListener {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String LABEL = "kv line listener";
  private static final int BACKLOG = 1024;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** Creates the server socket; tests create one that fails. */
  public interface Binder {
    ServerSocket bind(InetSocketAddress address) throws IOException;
  }

  private final ServerRef<LineConnections> connections;
  private final InetSocketAddress address; // with the actual port, if 0 was asked for
  private final Binder binder;

  private volatile ServerSocket socket;

  /** The turn of the latest process. Touched only by the supervisor, which starts the processes. */
  private @Nullable Turn accepting;

  /** The use of the socket by one process, which may be killed even before it starts. */
  private static final class Turn {
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    /** Called by the process, and by its successor's starter. True for the first caller. */
    boolean begin() {
      return begun.compareAndSet(false, true);
    }
  }

  private LineListener(
      ServerSocket socket,
      Binder binder,
      ServerRef<LineConnections> connections,
      InetAddress bind) {
    this.socket = socket;
    this.binder = binder;
    this.connections = connections;
    this.address = new InetSocketAddress(bind, socket.getLocalPort());
  }

  /**
   * Opens the port.
   *
   * @throws KvException.CannotListen if the port cannot be opened
   */
  static LineListener bind(
      InetSocketAddress address, Binder binder, ServerRef<LineConnections> connections) {
    try {
      return new LineListener(binder.bind(address), binder, connections, address.getAddress());
    } catch (IOException e) {
      throw new KvException.CannotListen("line", Ports.text(address), e);
    }
  }

  /** An ordinary server socket. */
  public static ServerSocket plain(InetSocketAddress address) throws IOException {
    var socket = new ServerSocket();
    try {
      // connections of a server that has ended must not block the port
      socket.setReuseAddress(true);
      socket.bind(address, BACKLOG);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Address and port, as in {@code 127.0.0.1:4040}. */
  String text() {
    return Ports.text(address);
  }

  InetSocketAddress address() {
    return address;
  }

  /** Closes the port, after the last process has ended. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing the port of the line protocol failed", e);
    }
  }

  /** The process that accepts, as a child. It counts as started once the port is open. */
  ChildSpec<Pid> child() {
    return ChildSpec.of(
            LABEL,
            () -> {
              ServerSocket open = open();
              var turn = new Turn();
              accepting = turn;
              Pid pid = Self.spawnLink(LABEL, () -> accept(open, turn));
              return new ChildSpec.Started<>(pid, pid);
            })
        .shutdown(Shutdown.after(LONGEST_PAUSE))
        // another program may have taken the port
        .backoff(Backoff.doubling(SHORTEST_PAUSE, LONGEST_PAUSE));
  }

  private void accept(ServerSocket mine, Turn turn) throws Exception {
    if (turn.begin()) {
      try (mine) {
        accept(mine);
      } finally {
        turn.over.countDown();
      }
    }
  }

  /** Accepts clients until the process is ended. A failure with one client does not end it. */
  private void accept(ServerSocket mine) throws Exception {
    Duration pause = SHORTEST_PAUSE;
    while (true) {
      try {
        hand(mine.accept());
        pause = SHORTEST_PAUSE;
      } catch (IOException e) {
        if (mine.isClosed()) {
          // the end of this process closed it; otherwise the next process opens another one
          throw e;
        }
        LOG.log(Level.WARNING, "accepting a client on " + text() + " failed: " + e.getMessage());
        // perhaps there are no file descriptors left, and others will release some
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      } catch (OutOfMemoryError e) {
        FullHeap.log("accepting a client of the line protocol failed", e);
        FullHeap.pause();
      }
    }
  }

  /**
   * The server socket: the first process gets the one that was bound, each later process a new one
   * on the same port. If the previous process was killed, the interrupt closes its socket only when
   * its thread leaves it.
   */
  private ServerSocket open() throws Exception {
    Turn before = accepting;
    if (before == null) {
      return socket;
    }
    socket.close();
    if (!before.begin() && !before.over.await(LONGEST_PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.log(Level.WARNING, "the process that accepted on " + text() + " does not end");
    }
    ServerSocket next = binder.bind(address);
    socket = next;
    return next;
  }

  private void hand(Socket client) throws IOException {
    boolean taken = false;
    try {
      connections.call(new LineConnections.Serve(client));
      taken = true;
    } catch (CallException e) {
      LOG.log(Level.WARNING, "a client on " + text() + " was turned away: " + e.getMessage());
    } finally {
      if (!taken) {
        client.close();
      }
    }
  }
}
