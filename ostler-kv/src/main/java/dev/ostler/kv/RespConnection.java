package dev.ostler.kv;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The process of one RESP client: reads commands, has them done, writes the replies.
 *
 * <p>A direct server, told by its loop that the socket is ready, so that it works on the loop's
 * thread and has none while its client says nothing.
 */
final class RespConnection
    implements GenServer<RespConnection.State, RespConnection.Question<?>, RespConnection.Event> {
  /*
   * Who watches what, and what the next event does:
   *
   *   READING    the socket for input    READABLE: read, do, write; what cannot be written waits
   *   BLOCKED    the socket for output   WRITABLE: write what waits, do what was read, go on
   *   AWAY       nothing                 RESUME, on a virtual thread, where commands may wait:
   *                                      do what was read, go on
   *
   *   READING -> BLOCKED   the client does not take its replies as fast: it is not read from, either
   *   READING -> AWAY      a command has to wait, for a new bucket, say
   *
   * PUSHED comes in any of them: what others have for the client goes out behind the replies.
   */

  /** How many bytes of replies gather before they are written, while more commands wait. */
  private static final int CHUNK = 64 * 1024;

  private final RespClient client;
  private final Session session;

  RespConnection(RespClient client, Session session) {
    this.client = client;
    this.session = session;
  }

  /** What it is told. */
  enum Event implements Cast<RespConnection> {
    READABLE,
    WRITABLE,
    RESUME,
    PUSHED
  }

  /** What it is asked: nothing. */
  interface Question<R> extends Call<RespConnection, R> {}

  private enum Phase {
    READING,
    BLOCKED,
    AWAY
  }

  /** Where the conversation is. Touched by its process alone. */
  static final class State {
    private final RespParser parser = new RespParser();
    private Phase phase = Phase.READING;
    private @Nullable ByteBuffer unwritten;
    private boolean ending; // nothing is read any more: when all is written, that is the end
  }

  @Override
  public Init<State> init() {
    Self.trapExits(true); // so that terminate closes the socket
    return Init.ok(new State());
  }

  @Override
  public Next<State> handleCall(Question<?> question, From<?> from, State state) {
    throw new UnsupportedOperationException("nothing is asked of a connection");
  }

  @Override
  public Next<State> handleCast(Event event, State state) {
    RespBuffers buffers = client.loop().lend();
    try {
      return attend(event, buffers, state) ? Next.noReply(state) : end(state);
    } catch (IOException e) {
      return end(state); // the client is gone, in its own way
    } finally {
      state.parser.giveBack(buffers.in);
      client.loop().takeBack(buffers);
    }
  }

  private static Next<State> end(State state) {
    return Next.stop(ExitReason.SHUTDOWN, state);
  }

  /** False if that was the end. */
  private boolean attend(Event event, RespBuffers buffers, State state) throws IOException {
    buffers.out.protocol(client.info().protocol());
    state.parser.lend(buffers.in);
    if (event == Event.PUSHED) {
      client.takePushes(buffers.out);
      return flush(buffers, state);
    }
    if (event == Event.RESUME) {
      state.phase = Phase.READING;
      return converse(buffers, state, true);
    }
    if (state.phase == Phase.AWAY) {
      return true; // it was on its way when the phase changed
    }
    if (event == Event.WRITABLE || state.phase == Phase.BLOCKED) {
      return flush(buffers, state)
          && (state.phase == Phase.BLOCKED || converse(buffers, state, false));
    }
    return read(buffers, state);
  }

  private boolean read(RespBuffers buffers, State state) throws IOException {
    do {
      state.parser.makeRoom();
      byte[] into = state.parser.buffer();
      int count = client.wire().read(buffers.into(into, state.parser.end()));
      if (count < 0) {
        return false; // a half command is dropped
      }
      if (count == 0 && !client.wire().isBlocked()) {
        return true;
      }
      state.parser.filled(count);
      client.info().active(System.currentTimeMillis());
      if (!converse(buffers, state, false)) {
        return false;
      }
    } while (state.phase == Phase.READING && client.wire().hasMore());
    return true;
  }

  /** Does all commands that have come in, and writes the replies; false if that was the end. */
  private boolean converse(RespBuffers buffers, State state, boolean mayWait) throws IOException {
    RespWriter out = buffers.out;
    try {
      while (!state.ending && state.unwritten == null && state.parser.next()) {
        client.takePushes(out);
        Args args = state.parser.args();
        if (args.count() > 0) {
          session.execute(args, out, mayWait);
        }
        state.parser.done();
        state.ending = session.isClosing();
        if (out.length() >= CHUNK && !flush(buffers, state)) {
          return false;
        }
      }
    } catch (Keyspace.WouldWait e) {
      leave(state);
    } catch (RespParser.Malformed e) {
      out.error(String.valueOf(e.getMessage()));
      state.ending = true;
    }
    return flush(buffers, state);
  }

  /** Goes on on a virtual thread, with the command that has to wait. */
  private void leave(State state) {
    state.phase = Phase.AWAY;
    client.interest(0);
    Thread.startVirtualThread(() -> client.tell(Event.RESUME));
  }

  /** Writes what can be written now; false if that was all there will ever be. */
  private boolean flush(RespBuffers buffers, State state) throws IOException {
    RespWriter out = buffers.out;
    ByteBuffer waiting = state.unwritten;
    if (waiting != null) {
      client.wire().write(waiting);
      if (!waiting.hasRemaining()) {
        state.unwritten = null;
        waiting = null;
      }
    }
    if (out.length() > 0) {
      ByteBuffer fresh = buffers.from(out.array(), out.length());
      if (waiting == null) {
        client.wire().write(fresh);
      }
      if (fresh.hasRemaining()) {
        state.unwritten = joined(waiting, fresh);
      }
      out.clear(RespBuffers.KEPT);
    }
    watch(state);
    return !state.ending || state.unwritten != null || client.wire().isBlocked();
  }

  private void watch(State state) {
    if (state.phase == Phase.AWAY) {
      return;
    }
    boolean blocked = state.unwritten != null || client.wire().isBlocked();
    state.phase = blocked ? Phase.BLOCKED : Phase.READING;
    client.interest(blocked ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  private static ByteBuffer joined(@Nullable ByteBuffer first, ByteBuffer second) {
    int before = first == null ? 0 : first.remaining();
    byte[] all = new byte[Math.addExact(before, second.remaining())];
    if (first != null) {
      first.get(all, 0, before);
    }
    second.get(all, before, all.length - before);
    return ByteBuffer.wrap(all);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) throws Exception {
    if (message instanceof Exit(var _, ExitReason reason)) {
      return Next.stop(reason, state);
    }
    return GenServer.super.handleInfo(message, state);
  }

  /** Writes what waits, if the client takes it at once, and closes the socket. */
  @Override
  public void terminate(ExitReason reason, State state) {
    try {
      ByteBuffer waiting = state.unwritten;
      if (waiting != null && reason.equals(ExitReason.SHUTDOWN)) {
        client.wire().write(waiting);
      }
    } catch (IOException e) {
      // The client is gone.
    } finally {
      session.end();
      client.wire().close();
    }
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof State state
        ? status.state("client %s, %s".formatted(client.info().address(), state.phase))
        : status;
  }

  @Override
  public String toString() {
    return "RespConnection" + Arrays.asList(client.info().address());
  }
}
