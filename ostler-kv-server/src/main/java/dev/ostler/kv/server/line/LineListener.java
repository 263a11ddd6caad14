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
 * The server socket of the line protocol, and the process that accepts.
 *
 * <p>Bound once, before the process begins, so that who opens the store hears of a failure, and the
 * port stays the same over a restart of the process, whose end closes the socket.
 */
public final class LineListener {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String LABEL = "kv line listener";
  private static final int BACKLOG = 1024;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** Makes the socket; tests make one that fails. */
  public interface Binder {
    ServerSocket bind(InetSocketAddress address) throws IOException;
  }

  private final ServerRef<Connections> connections;
  private final InetSocketAddress address; // with the port that was free, if any was asked for
  private final Binder binder;

  private volatile ServerSocket socket;

  /** That of the last process. Touched by who starts it only. */
  private @Nullable Turn accepting;

  /** The use of the socket by one process, which may be killed even before it begins. */
  private static final class Turn {
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    /** Asked by the process, and by who comes after it: true for the first. */
    boolean begin() {
      return begun.compareAndSet(false, true);
    }
  }

  private LineListener(
      ServerSocket socket, Binder binder, ServerRef<Connections> connections, InetAddress bind) {
    this.socket = socket;
    this.binder = binder;
    this.connections = connections;
    this.address = new InetSocketAddress(bind, socket.getLocalPort());
  }

  /**
   * Takes the port.
   *
   * @throws KvException.CannotListen if that is not possible
   */
  static LineListener bind(
      InetSocketAddress address, Binder binder, ServerRef<Connections> connections) {
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
      socket.setReuseAddress(true); // clients of a server that ended do not keep the next one out
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

  /** Gives the port back, once no process accepts any more. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing the port of the line protocol failed", e);
    }
  }

  /** The process that accepts, as a child: it has begun once the port is open. */
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
        .backoff(Backoff.doubling(SHORTEST_PAUSE, LONGEST_PAUSE)); // the port may be taken
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

  /** Accepts clients until the process is ended. A client, or a failure, does not end it. */
  private void accept(ServerSocket mine) throws Exception {
    Duration pause = SHORTEST_PAUSE;
    while (true) {
      try {
        hand(mine.accept());
        pause = SHORTEST_PAUSE;
      } catch (IOException e) {
        if (mine.isClosed()) {
          throw e; // by the end of this process; else the next one opens another
        }
        LOG.log(Level.WARNING, "accepting a client on " + text() + " failed: " + e.getMessage());
        Thread.sleep(pause); // out of file descriptors, perhaps: others may give some back
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      } catch (OutOfMemoryError e) {
        FullHeap.log("accepting a client of the line protocol failed", e);
        FullHeap.pause();
      }
    }
  }

  /**
   * The socket; from the second process on another one, on the same port. That of a process that
   * was killed is closed by the interrupt, but not before its thread has left it.
   */
  private ServerSocket open() throws Exception {
    Turn before = accepting;
    if (before == null) {
      return socket;
    }
    socket.close();
    if (!before.begin() && !before.over.await(LONGEST_PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.log(Level.WARNING, "the process that accepted on " + text() + " does not leave");
    }
    ServerSocket next = binder.bind(address);
    socket = next;
    return next;
  }

  private void hand(Socket client) throws IOException {
    boolean taken = false;
    try {
      connections.call(new Connections.Serve(client));
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
