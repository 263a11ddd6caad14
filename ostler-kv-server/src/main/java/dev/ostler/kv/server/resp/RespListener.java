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
 * The server socket of RESP, and the loops that serve, the first of which accepts, too.
 *
 * <p>Bound once, before the process begins, so that who opens the store hears of a failure. The
 * socket outlives the loops: the next ones accept on it.
 */
final class RespListener {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String LABEL = "kv resp listener";
  private static final int BACKLOG = 1024;

  /**
   * A processor is left to all else: buckets that start, the journal, the collector. With a loop
   * for each, whoever needs one waits for a loop's turn to end, and clients on the same machine do.
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
   * Takes the port.
   *
   * @throws KvException.CannotListen if that is not possible
   */
  static RespListener bind(InetSocketAddress asked, ServerRef<RespClients> clients) {
    // Who logs first opens files: it must not be who has to say that no more can be opened.
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

  /** Gives the port back. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing the port of RESP failed", e);
    }
  }

  /** The process that has clients accepted and served, as a child. */
  ChildSpec<Pid> child() {
    return Processes.of(LABEL, this::run).shutdown(Shutdown.after(END_TIME));
  }

  /**
   * Runs loops until this process is told to end, or one of them ends. Only when their threads are
   * done with their clients has it ended: what those are owed is then their processes' affair.
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

  /** Which loop serves the next client. Used by the thread that accepts. */
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

  /** Who knocks goes on knocking, which must not keep the loop busy if there is no file left. */
  private static void pause(RespLoop loop, SelectionKey key) {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .execute(() -> loop.execute(() -> key.interestOps(SelectionKey.OP_ACCEPT)));
    key.interestOps(0); // last: if there is no memory to have it undone, it is not done
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
