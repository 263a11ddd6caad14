package dev.ostler.kv.server.resp;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.net.Farewell;
import dev.ostler.kv.server.net.Wire;
import dev.ostler.kv.server.resp.RespState.Life;
import dev.ostler.kv.server.resp.RespState.Phase;
import dev.ostler.kv.server.resp.RespState.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;

/**
 * The process of one RESP client: reads commands, runs them, writes the replies.
 *
 * <p>It is a direct server. Its loop tells it that the socket is ready, and so it works on the
 * loop's thread. It uses no thread while its client is silent. {@link RespState} draws its states.
 */
final class RespConnection
    implements GenServer<RespState, Call<RespConnection, ?>, RespConnection.Event> {
  /** Replies are written once they have this many bytes, even if more commands wait. */
  private static final int CHUNK = 64 * 1024;

  /** At most this many bytes of replies wait for the end of the loop's turn. */
  private static final int FEW_BYTES = 16 * 1024;

  /** After this many chunks of pushed messages, other clients have their turn. */
  private static final int ROUNDS = 16;

  private final RespClient client;
  private final Session session;

  RespConnection(RespClient client, Session session) {
    this.client = client;
    this.session = session;
  }

  /** The events that the loop, the gate and {@link RespClient} send. */
  enum Event implements Cast<RespConnection> {
    READABLE,
    WRITABLE,
    WRITE,
    RESUME,
    PUSHED,
    DURABLE,
    NOT_DURABLE
  }

  /** The outcome of a step. */
  private enum Result {
    /** The connection continues. */
    OPEN,
    /**
     * The connection is over: nothing is read any more, and everything that could be written is
     * written.
     */
    OVER
  }

  /** The time limit of the handshake. */
  private record Late() {}

  @Override
  public Init<RespState> init() {
    Self.label("resp client " + client.info().address());
    Self.trapExits(true); // so that terminate closes the socket
    if (!client.wire().isOpen()) {
      var _ = Self.sendAfter(new Late(), session.server().handshakeTime());
    }
    return Init.ok(new RespState());
  }

  @Override
  public Next<RespState> handleCast(Event event, RespState state) {
    boolean ofSocket = event == Event.READABLE || event == Event.WRITABLE;
    if ((ofSocket && !client.hears()) || state.phase == Phase.LEAVING) {
      return Next.noReply(state);
    }
    RespBuffers buffers = client.loop().lend();
    try {
      return attend(event, buffers, state) == Result.OPEN ? Next.noReply(state) : finish(state);
    } catch (IOException | CommandError e) { // or there is no memory for its pushed messages
      state.life = Life.GONE;
      return finish(state);
    } finally {
      client.info().waits(state.parser.waiting(), state.outgoing.bytes());
      state.parser.giveBack(buffers.in);
      client.loop().takeBack(buffers);
      session.settle(Footprint.array(state.parser.retained()) + state.outgoing.retained());
    }
  }

  /** Ends the process: at once if the client has gone, otherwise after the replies it is owed. */
  private Next<RespState> finish(RespState state) {
    if (state.life == Life.ENDING) {
      state.phase = Phase.LEAVING;
      client.dismiss();
      return Next.noReply(state);
    }
    state.life = Life.GONE;
    return Next.stop(ExitReason.SHUTDOWN, state);
  }

  private Result attend(Event event, RespBuffers buffers, RespState state) throws IOException {
    buffers.out.begin(client.info().protocol(), session.memory());
    state.parser.lend(buffers.in);
    return switch (event) {
      // While the client is blocked, pushed messages stay queued behind the replies that wait.
      case PUSHED -> isBlocked(state) ? Result.OPEN : deliver(buffers, state);
      case RESUME -> resume(buffers, state);
      case DURABLE, NOT_DURABLE -> onDurable(event, buffers, state);
      case WRITE -> state.phase == Phase.READING ? writeAtTheEnd(buffers, state) : Result.OPEN;
      case READABLE, WRITABLE -> onReady(event, buffers, state);
    };
  }

  /** The socket is ready. */
  private Result onReady(Event event, RespBuffers buffers, RespState state) throws IOException {
    return switch (state.phase) {
      case AWAY, LEAVING -> Result.OPEN; // an event from before the phase changed
      case GATED -> {
        // done late, because mostly the client is silent and the selector has nothing to report
        client.interest(0);
        yield Result.OPEN;
      }
      case BLOCKED -> writeAndResume(buffers, state);
      case READING ->
          event == Event.WRITABLE ? writeAndResume(buffers, state) : read(buffers, state);
    };
  }

  /** Continues with the command that had to wait, or after the wire's work. */
  private Result resume(RespBuffers buffers, RespState state) throws IOException {
    // the virtual thread met a busy process, so the event runs here, where it may not wait
    if (client.loop().isCurrent()) {
      client.continueElsewhere(() -> {});
      return Result.OPEN;
    }
    state.phase = Phase.READING;
    return doCommands(buffers, state) == Result.OVER ? Result.OVER : readOn(buffers, state);
  }

  /** The changes that the replies tell of are durable, or never will be. */
  private Result onDurable(Event event, RespBuffers buffers, RespState state) throws IOException {
    state.promise = Promise.NONE;
    if (event == Event.NOT_DURABLE) {
      state.outgoing.drop();
      state.promise = Promise.BROKEN;
      state.life = Life.ENDING;
      NodeRole role = session.server().role();
      buffers.out.error(
          role == null ? "MISCONF the change could not be stored, and may be lost" : role.lost());
    }
    if (state.phase == Phase.GATED) {
      state.phase = Phase.READING;
    }
    if (state.phase == Phase.READING && state.life != Life.ENDING && client.loop().isCurrent()) {
      client.loop().tellAtTheEnd(client); // other clients are released in the same turn
      return Result.OPEN;
    }
    return writeAndResume(buffers, state);
  }

  private Result writeAndResume(RespBuffers buffers, RespState state) throws IOException {
    return write(buffers, state) == Result.OVER ? Result.OVER : resumeCommands(buffers, state);
  }

  /**
   * Runs the commands that were read before, and reads on, unless the connection must wait again.
   */
  private Result resumeCommands(RespBuffers buffers, RespState state) throws IOException {
    if (state.phase != Phase.READING) {
      return Result.OPEN;
    }
    return doCommands(buffers, state) == Result.OVER ? Result.OVER : readOn(buffers, state);
  }

  /** Writes the replies that waited for the end of the loop's turn, and continues. */
  private Result writeAtTheEnd(RespBuffers buffers, RespState state) throws IOException {
    if (deliver(buffers, state) == Result.OVER) {
      return Result.OVER;
    }
    // The parser has commands left only if replies had to wait until they were durable.
    return state.parser.waiting() > 0 ? resumeCommands(buffers, state) : readOn(buffers, state);
  }

  /** Whether the replies tell of changes that are not durable yet, as was promised. */
  private boolean mustWithhold(RespState state) {
    return state.promise != Promise.BROKEN && !session.gate().isOpen();
  }

  /** Withholds the replies until what they tell of is durable. */
  private void withhold(RespBuffers buffers, RespState state) {
    if (buffers.out.length() > 0) {
      enqueue(buffers, state);
    }
    if (state.phase != Phase.AWAY) {
      state.phase = Phase.GATED;
    }
    if (state.promise == Promise.NONE) {
      state.promise = Promise.AWAITED;
      session
          .gate()
          .whenOpen(why -> client.tellSoon(why == null ? Event.DURABLE : Event.NOT_DURABLE));
    }
  }

  /** Reads what the selector would not report. */
  private Result readOn(RespBuffers buffers, RespState state) throws IOException {
    Wire wire = client.wire();
    boolean more = state.phase == Phase.READING && (wire.hasMore() || !wire.isOpen());
    return more ? read(buffers, state) : Result.OPEN;
  }

  private Result read(RespBuffers buffers, RespState state) throws IOException {
    do {
      try {
        state.parser.makeRoom(session.memory());
      } catch (CommandError e) { // the rest of this command would be parsed as other commands
        buffers.out.error(e.text());
        state.life = Life.ENDING;
        return write(buffers, state);
      }
      byte[] into = state.parser.buffer();
      int count = client.wire().read(buffers.into(into, state.parser.end()));
      if (count < 0) {
        return Result.OVER; // an incomplete command is dropped
      }
      if (client.wire().hasWork()) {
        moveToVirtualThread(state);
        return Result.OPEN;
      }
      if (count == 0 && !client.wire().isBlocked()) {
        return Result.OPEN;
      }
      state.parser.filled(count);
      session.heard(count, state.parser.waiting());
      if (doCommands(buffers, state) == Result.OVER) {
        return Result.OVER;
      }
    } while (state.phase == Phase.READING && client.wire().hasMore());
    return Result.OPEN;
  }

  /** Runs all commands that were read, and writes the replies. */
  private Result doCommands(RespBuffers buffers, RespState state) throws IOException {
    boolean more = true;
    while (more) {
      perform(buffers, state);
      // perform stops once output waits, perhaps with commands left
      more = !state.outgoing.isEmpty();
      if (mayDefer(buffers, state)) {
        deferWrite(buffers, state);
      } else if (deliver(buffers, state) == Result.OVER) {
        return Result.OVER;
      }
      more &= state.outgoing.isEmpty() && state.phase == Phase.READING;
    }
    return Result.OPEN;
  }

  /**
   * Whether the replies are few enough to be written at the end of the loop's turn, with those of
   * other clients.
   */
  private boolean mayDefer(RespBuffers buffers, RespState state) {
    int length = buffers.out.length();
    Wire wire = client.wire();
    return length > 0
        && length <= FEW_BYTES
        && state.phase == Phase.READING
        && state.life == Life.OPEN
        && !isBlocked(state)
        && !wire.hasMore()
        && wire.isOpen()
        && !mustWithhold(state)
        && client.loop().isCurrent();
  }

  private void deferWrite(RespBuffers buffers, RespState state) {
    RespWriter out = buffers.out;
    session.server().stats().written(out.length());
    state.outgoing.defer(buffers.from(out.array(), out.length()), buffers);
    out.clear(RespBuffers.RETAINED);
    client.loop().tellAtTheEnd(client);
  }

  private static void enqueue(RespBuffers buffers, RespState state) {
    RespWriter out = buffers.out;
    state.outgoing.add(buffers.from(out.array(), out.length()));
    out.clear(RespBuffers.RETAINED);
  }

  /** Runs commands while the client accepts the replies. */
  private void perform(RespBuffers buffers, RespState state) throws IOException {
    RespWriter out = buffers.out;
    session.begin();
    session.limit(state.parser);
    int touched = 0; // so many of the next commands were looked at
    try {
      while (state.life == Life.OPEN && state.outgoing.isEmpty() && state.parser.next()) {
        if (touched-- == 0) {
          touched = buffers.ahead.touch(state.parser, session.keyspace().table()) - 1;
        }
        if (!takePushes(buffers, state)) {
          return; // the parser still has the command
        }
        Args args = state.parser.args();
        if (args.count() > 0 && session.affords(state.parser.commandBytes(), out)) {
          session.execute(args, out);
        }
        state.parser.done();
        session.limit(state.parser);
        if (session.isClosing()) {
          state.life = Life.ENDING;
        }
        if (out.length() >= CHUNK && write(buffers, state) == Result.OVER) {
          return;
        }
      }
    } catch (Keyspace.WouldWait e) {
      moveToVirtualThread(state);
    } catch (RespParser.Malformed e) {
      out.error(String.valueOf(e.getMessage()));
      state.life = Life.ENDING;
    } finally {
      session.pause();
    }
  }

  /** Writes the pushed messages before the next command; false if the client is blocked. */
  private boolean takePushes(RespBuffers buffers, RespState state) throws IOException {
    while (client.takePushes(buffers.out, CHUNK)) {
      if (write(buffers, state) == Result.OVER || !state.outgoing.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Writes the replies, and then the pushed messages, as far as the client accepts them. What it
   * does not accept stays queued and counted, so that a slow reader is noticed.
   */
  private Result deliver(RespBuffers buffers, RespState state) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      boolean blocked = isBlocked(state);
      boolean more = !blocked && client.takePushes(buffers.out, CHUNK);
      if (write(buffers, state) == Result.OVER) {
        return Result.OVER;
      }
      if (blocked ? isBlocked(state) : !more) { // it may have been unblocked just now
        return Result.OPEN;
      }
    }
    client.announce(); // after other clients have had their turn
    return Result.OPEN;
  }

  private boolean isBlocked(RespState state) {
    return !state.outgoing.isEmpty() || client.wire().isBlocked();
  }

  /** Moves to a virtual thread, for a command that must wait, or for the wire's work. */
  private void moveToVirtualThread(RespState state) {
    state.phase = Phase.AWAY;
    client.interest(0);
    client.continueElsewhere(client.wire()::work);
  }

  /** Writes what can be written now. */
  private Result write(RespBuffers buffers, RespState state) throws IOException {
    RespWriter out = buffers.out;
    session.server().stats().written(out.length());
    if (mustWithhold(state)) {
      withhold(buffers, state);
      return Result.OPEN;
    }
    boolean fresh = out.length() > 0;
    ByteBuffer replies = fresh ? buffers.from(out.array(), out.length()) : null;
    state.outgoing.write(client.wire(), replies, buffers);
    if (fresh) {
      out.clear(RespBuffers.RETAINED);
    }
    updateInterest(state);
    return state.life == Life.OPEN || isBlocked(state) ? Result.OPEN : Result.OVER;
  }

  private void updateInterest(RespState state) {
    if (state.phase == Phase.AWAY) {
      return;
    }
    Wire wire = client.wire();
    boolean blocked = wire.isBlocked() || (!state.outgoing.isEmpty() && wire.isOpen());
    state.phase = blocked ? Phase.BLOCKED : Phase.READING;
    client.interest(blocked ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  @Override
  public Next<? extends RespState> handleInfo(Object message, RespState state) throws Exception {
    return switch (message) {
      case Exit(var _, ExitReason reason) -> Next.stop(reason, state);
      case Down down -> {
        session.ended(down);
        yield Next.noReply(state);
      }
      case Late _ -> {
        if (client.wire().isOpen()) {
          yield Next.noReply(state);
        }
        state.life = Life.GONE;
        yield finish(state);
      }
      default -> GenServer.super.handleInfo(message, state);
    };
  }

  /** Writes the replies that the client is owed, if it is still there, and closes the socket. */
  @Override
  public void terminate(ExitReason reason, RespState state) {
    Wire wire = client.wire();
    try {
      session.end();
      session.settle(state.outgoing.retained()); // an incomplete command is dropped
      if (state.life == Life.GONE || !reason.equals(ExitReason.SHUTDOWN)) {
        wire.finish();
      } else {
        var owed = Farewell.owed(state.outgoing.waiting(), session.gate());
        Farewell.say(wire, owed, session.server().drainTime());
      }
    } catch (IOException e) {
      // The client has left.
    } finally {
      wire.close();
    }
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof RespState state
        ? status.state("client %s, %s".formatted(client.info().address(), state.phase))
        : status;
  }

  @Override
  public String toString() {
    return "RespConnection[" + client.info().address() + "]";
  }
}
