package dev.ostler.kv.server.resp;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.StatusReport;
import dev.ostler.kv.bucket.FullHeap;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The process that starts a process for each RESP client, counts clients, and closes the sockets of
 * those that were killed. Its state belongs to this process.
 */
final class RespClients
    implements GenServer<RespClients.Open, RespClients.Request<?>, RespClients.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final Duration TICK = Duration.ofSeconds(1);

  private final RespServer server;
  private final DynamicSupervisor processes;

  RespClients(RespServer server, DynamicSupervisor processes) {
    this.server = server;
    this.processes = processes;
  }

  /** A request whose reply is an {@code R}. */
  sealed interface Request<R> extends Call<RespClients, R> {}

  /** Starts a process for a new client. The reply is false if the client was turned away. */
  record Serve(SocketChannel socket, RespLoop loop) implements Request<Boolean> {}

  /** Casts: there are none. */
  interface Notice extends Cast<RespClients> {}

  /** The clients. Only this process changes them, in place. */
  static final class Open {
    private final Map<MonitorRef, RespClient> clients = new HashMap<>();
  }

  /** The timer for disconnecting idle clients. */
  private record Tick() {}

  /** Adopts the clients of its predecessor. */
  @Override
  public Init<Open> init() {
    var open = new Open();
    var _ = Self.sendAfter(new Tick(), TICK);
    server.clients().forEach((id, client) -> adopt(client, open));
    return Init.ok(open);
  }

  private static void adopt(RespClient client, Open open) {
    open.clients.put(Self.monitor(client.pid()), client);
  }

  @Override
  public Next<Open> handleCall(Request<?> request, From<?> from, Open open) {
    return switch (request) {
      case Serve serve -> serve.reply(serve(serve, open), open);
    };
  }

  private boolean serve(Serve serve, Open open) {
    SocketChannel socket = serve.socket();
    int limit = server.settings().maxClients();
    if (open.clients.size() >= limit) {
      server.stats().rejected();
      refuse(socket, "-ERR max number of clients reached\r\n");
      return false;
    }
    Pid started = null;
    try {
      socket.configureBlocking(false);
      RespClient client = server.client(socket, serve.loop());
      Session session = server.session(client);
      ServerRef<RespConnection> process =
          processes.startChild(
              GenServer.of(() -> new RespConnection(client, session))
                  .label("resp client")
                  .direct()
                  .restart(Restart.TEMPORARY)
                  .shutdown(Shutdown.after(server.drainTime())));
      started = process.pid();
      client.process(process);
      server.clients().put(client.info().id(), client);
      adopt(client, open);
      client.interest(SelectionKey.OP_READ);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "a RESP client was turned away: " + e.getMessage());
    } catch (OutOfMemoryError e) { // the other clients must not be lost with this one
      FullHeap.log("a RESP client was turned away", e);
    }
    if (started != null) {
      started.exit(ExitReason.KILL);
    }
    refuse(socket, "");
    return false;
  }

  private static void refuse(SocketChannel socket, String why) {
    try (socket) {
      socket.configureBlocking(false);
      var _ = socket.write(ByteBuffer.wrap(why.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      // It is closed already.
    }
  }

  @Override
  public Next<? extends Open> handleInfo(Object message, Open open) throws Exception {
    if (message instanceof Tick) {
      var _ = Self.sendAfter(new Tick(), TICK);
      endIdle(open);
      server.tracking().tend();
      return Next.noReply(open);
    }
    if (!(message instanceof Down down)) {
      return GenServer.super.handleInfo(message, open);
    }
    RespClient client = open.clients.remove(down.ref());
    if (client != null) {
      server.clients().remove(client.info().id());
      client.leave();
      client.wire().close();
      if (down.reason().equals(ExitReason.KILLED)) {
        // otherwise its process has done that itself
        server.pubSub().forget(client);
        server.monitors().forget(client);
        server.tracking().forget(client);
        server.keyspace().environment().missingWatches().forgetAll(client);
      }
      if (down.reason() instanceof ExitReason.ShutdownWith(Object why)) {
        LOG.log(Level.INFO, "RESP client " + client.info().address() + " was closed: " + why);
      }
    }
    return Next.noReply(open);
  }

  /** Ends clients that have sent nothing for too long, except those that listen. */
  private void endIdle(Open open) {
    long seconds = server.settings().timeoutSeconds();
    if (seconds > 0) {
      long last = System.currentTimeMillis() - seconds * 1000;
      for (RespClient client : open.clients.values()) {
        if (client.info().lastActive() < last && !client.info().isListening()) {
          client.end("it has sent nothing for " + seconds + " s");
        }
      }
    }
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof Open open
        ? status.state(open.clients.size() + " RESP clients")
        : status;
  }
}
