package dev.ostler.kv.server.resp;

import dev.ostler.CallException;
import dev.ostler.ChildSpec;
import dev.ostler.Exit;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.server.net.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The server socket of RESP, and the process that runs the loops. The first loop also accepts
 * clients.
 *
 * <p>The socket is bound before the process starts, so that opening the store reports a failure. It
 * stays open when the loops are restarted. {@link #child} belongs to the supervisor's process; any
 * thread may {@link #close}.
 */
final class RespListener {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String LABEL = "kv resp listener";
  private static final int BACKLOG = 1024;

  /**
   * One processor is left for everything else: buckets that start, the journal, the garbage
   * collector. With a loop for each processor, these would wait for the end of a loop's turn, and
   * so would clients on the same machine.
   */
  private static final int LOOPS = Math.clamp(Runtime.getRuntime().availableProcessors() - 1, 1, 8);

  private static final int PAUSE_MILLIS = 100;
  private static final Duration END_TIME = Duration.ofSeconds(1);

  private final ServerSocketChannel socket;
  private final ServerRef<RespClients> clients;
  private final InetSocketAddress address;

  private RespListener(
      ServerSocketChannel socket, ServerRef<RespClients> clients, InetSocketAddress address) {
    this.socket = socket;
    this.clients = clients;
    this.address = address;
  }

  /**
   * Opens the port.
   *
   * @throws KvException.CannotListen if the port cannot be opened
   */
  static RespListener bind(InetSocketAddress asked, ServerRef<RespClients> clients) {
    // The first log message opens files: it must not be the one that says that no more can be
    // opened.
    var _ =
        String.format(
            Locale.getDefault(), "%1$tb %1$tp", ZonedDateTime.now(ZoneId.systemDefault()));
    try {
      var socket = ServerSocketChannel.open();
      try {
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        socket.bind(asked, BACKLOG);
        socket.configureBlocking(false);
        var bound = new InetSocketAddress(asked.getAddress(), socket.socket().getLocalPort());
        return new RespListener(socket, clients, bound);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    } catch (IOException e) {
      throw new KvException.CannotListen("resp", Ports.text(asked), e);
    }
  }

  /** Address and port, as in {@code 127.0.0.1:6380}. */
  String text() {
    return Ports.text(address);
  }

  InetSocketAddress address() {
    return address;
  }

  /** Closes the port. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing the port of RESP failed", e);
    }
  }

  /** The process that runs the loops, as a child. */
  ChildSpec<Pid> child() {
    return Processes.of(LABEL, this::run).shutdown(Shutdown.after(END_TIME));
  }

  /**
   * Runs loops until this process is told to end, or a loop ends. Returns once their threads have
   * ended. The processes of the clients then write the replies they owe.
   */
  private void run() {
    Self.trapExits(true);
    var loops = new ArrayList<RespLoop>();
    var threads = new ArrayList<Pid>();
    while (loops.size() < LOOPS) {
      try {
        loops.add(new RespLoop("kv resp loop " + loops.size()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Pid thread = loops.getLast().start();
      Self.link(thread);
      threads.add(thread);
    }
    var all = new Turns(List.copyOf(loops));
    loops.getFirst().execute(() -> watch(loops.getFirst(), all));
    Exit exit = Self.receive(Exit.class);
    loops.forEach(RespLoop::end);
    for (Pid thread : threads) {
      if (!exit.pid().equals(thread)) {
        var _ = Self.receive(Exit.class, last -> last.pid().equals(thread), END_TIME);
      }
    }
    Self.exit(exit.reason());
  }

  /** Chooses the loop of the next client. Used by the thread that accepts. */
  private static final class Turns {
    private final List<RespLoop> loops;
    private int next;

    Turns(List<RespLoop> loops) {
      this.loops = loops;
    }

    RespLoop next() {
      next = (next + 1) % loops.size();
      return loops.get(next);
    }
  }

  private void watch(RespLoop loop, Turns loops) {
    var _ =
        loop.register(
            socket,
            SelectionKey.OP_ACCEPT,
            new RespLoop.Watched() {
              @Override
              public void ready(SelectionKey key) {
                accept(loop, key, loops);
              }

              @Override
              public void abandon() {
                // The next loop accepts.
              }
            });
  }

  private void accept(RespLoop loop, SelectionKey key, Turns loops) {
    try {
      for (SocketChannel client = socket.accept(); client != null; client = socket.accept()) {
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        hand(client, loops.next());
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "accepting a client on " + text() + " failed: " + e.getMessage());
      pause(loop, key);
    } catch (OutOfMemoryError e) {
      FullHeap.log("accepting a client on the port of RESP failed", e);
      pause(loop, key);
    }
  }

  /**
   * Stops accepting for a while: a waiting client must not keep the loop busy while no file
   * descriptor is free.
   */
  private static void pause(RespLoop loop, SelectionKey key) {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .execute(() -> loop.execute(() -> key.interestOps(SelectionKey.OP_ACCEPT)));
    // last: if there is no memory for the task that undoes it, it must not be done
    key.interestOps(0);
  }

  private void hand(SocketChannel client, RespLoop loop) throws IOException {
    boolean taken = false;
    try {
      taken = clients.call(new RespClients.Serve(client, loop));
    } catch (CallException e) {
      LOG.log(Level.WARNING, "a client on " + text() + " was turned away: " + e.getMessage());
    } finally {
      if (!taken) {
        client.close();
      }
    }
  }
}
