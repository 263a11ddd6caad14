package dev.ostler.kv.server.resp;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.net.Farewell;
import dev.ostler.kv.server.net.Wire;
import dev.ostler.kv.server.resp.RespState.Phase;
import java.io.IOException;
import java.nio.channels.SelectionKey;

/**
 * The process of one RESP client: reads commands, has them done, writes the replies.
 *
 * <p>A direct server, told by its loop that the socket is ready, so that it works on the loop's
 * thread and has none while its client says nothing.
 */
final class RespConnection
    implements GenServer<RespState, RespConnection.Question<?>, RespConnection.Event> {
  /** How many bytes of replies gather before they are written, while more commands wait. */
  private static final int CHUNK = 64 * 1024;

  /** So few bytes of replies wait until the others that are ready have theirs, too. */
  private static final int FEW = 16 * 1024;

  /** How many chunks of what others have are written before other clients have their turn. */
  private static final int ROUNDS = 16;

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
    WRITE,
    RESUME,
    PUSHED,
    KEPT,
    NOT_KEPT
  }

  /** What it is asked: nothing. */
  interface Question<R> extends Call<RespConnection, R> {}

  /** It tells itself when a client must have come to terms about the wire. */
  private record Late() {}

  @Override
  public Init<RespState> init() {
    Self.trapExits(true); // so that terminate closes the socket
    if (!client.wire().isOpen()) {
      var _ = Self.sendAfter(new Late(), session.server().handshakeTime());
    }
    return Init.ok(new RespState());
  }

  @Override
  public Next<RespState> handleCall(Question<?> question, From<?> from, RespState state) {
    throw new UnsupportedOperationException("nothing is asked of a connection");
  }

  @Override
  public Next<RespState> handleCast(Event event, RespState state) {
    if (state.phase == Phase.LEAVING) {
      return Next.noReply(state);
    }
    RespBuffers buffers = client.loop().lend();
    try {
      return attend(event, buffers, state) ? Next.noReply(state) : end(state);
    } catch (IOException | CommandError e) { // or there is no memory for what others have for it
      state.ending = false; // the client is gone, in its own way
      return end(state);
    } finally {
      client.info().waits(state.parser.waiting(), state.outgoing.bytes());
      state.parser.giveBack(buffers.in);
      client.loop().takeBack(buffers);
      session.settle(state.parser.held() + state.outgoing.held());
    }
  }

  private Next<RespState> end(RespState state) {
    if (state.ending) {
      state.phase = Phase.LEAVING;
      client.dismiss();
      return Next.noReply(state);
    }
    state.gone = true;
    return Next.stop(ExitReason.SHUTDOWN, state);
  }

  /** False if that was the end. */
  private boolean attend(Event event, RespBuffers buffers, RespState state) throws IOException {
    buffers.out.begin(client.info().protocol(), session.memory());
    state.parser.lend(buffers.in);
    if (event == Event.PUSHED) {
      // Else it goes out with what waits: to write that is to go on, too.
      return isBlocked(state) || deliver(buffers, state);
    }
    if (event == Event.RESUME) {
      if (client.loop().isCurrent()) { // it came while this thread was busy here, and may not wait
        Thread.startVirtualThread(() -> client.tell(Event.RESUME));
        return true;
      }
      state.phase = Phase.READING;
      return converse(buffers, state, true) && readOn(buffers, state);
    }
    if (event == Event.KEPT || event == Event.NOT_KEPT) {
      return opened(event, buffers, state);
    }
    if (event == Event.WRITE) {
      return state.phase != Phase.READING || (deliver(buffers, state) && onward(buffers, state));
    }
    if (state.phase == Phase.AWAY) {
      return true; // it was on its way when the phase changed
    }
    if (state.phase == Phase.GATED) {
      client.interest(0); // mostly the client waits, too, and the selector need not be told
      return true;
    }
    if (event == Event.WRITABLE || state.phase == Phase.BLOCKED) {
      return flush(buffers, state) && goOn(buffers, state);
    }
    return read(buffers, state);
  }

  /** What the replies tell of is durable, or never will be. */
  private boolean opened(Event event, RespBuffers buffers, RespState state) throws IOException {
    state.asked = false;
    if (event == Event.NOT_KEPT) {
      state.outgoing.drop();
      state.refused = true;
      state.ending = true;
      buffers.out.error("MISCONF what was just changed cannot be kept, and may be lost");
    }
    if (state.phase == Phase.GATED) {
      state.phase = Phase.READING;
    }
    if (state.phase == Phase.READING && !state.ending && client.loop().isCurrent()) {
      client.loop().tellAtTheEnd(client); // others are told just now, too
      return true;
    }
    return flush(buffers, state) && goOn(buffers, state);
  }

  /** Does what was read already, and reads on, unless it has to wait again. */
  private boolean goOn(RespBuffers buffers, RespState state) throws IOException {
    return state.phase != Phase.READING
        || (converse(buffers, state, false) && readOn(buffers, state));
  }

  /** Goes on where only replies that waited for a sync can have left commands undone. */
  private boolean onward(RespBuffers buffers, RespState state) throws IOException {
    return state.parser.waiting() > 0 ? goOn(buffers, state) : readOn(buffers, state);
  }

  private boolean isHeldBack(RespState state) {
    return !state.refused && !session.gate().isOpen();
  }

  /** Keeps the replies back that tell of what is not durable yet; false if there are none. */
  private boolean holdBack(RespBuffers buffers, RespState state) {
    if (!isHeldBack(state)) {
      return false;
    }
    if (buffers.out.length() > 0) {
      keep(buffers, state);
    }
    if (state.phase != Phase.AWAY) {
      state.phase = Phase.GATED;
    }
    if (!state.asked) {
      state.asked = true;
      session.gate().whenOpen(why -> client.tellSoon(why == null ? Event.KEPT : Event.NOT_KEPT));
    }
    return true;
  }

  /** Reads what no selector would tell of. */
  private boolean readOn(RespBuffers buffers, RespState state) throws IOException {
    Wire wire = client.wire();
    boolean more = state.phase == Phase.READING && (wire.hasMore() || !wire.isOpen());
    return !more || read(buffers, state);
  }

  private boolean read(RespBuffers buffers, RespState state) throws IOException {
    do {
      try {
        state.parser.makeRoom(session.memory());
      } catch (CommandError e) { // the rest of the command would be taken for others
        buffers.out.error(e.text());
        state.ending = true;
        return flush(buffers, state);
      }
      byte[] into = state.parser.buffer();
      int count = client.wire().read(buffers.into(into, state.parser.end()));
      if (count < 0) {
        return false; // a half command is dropped
      }
      if (client.wire().hasWork()) {
        leave(state);
        return true;
      }
      if (count == 0 && !client.wire().isBlocked()) {
        return true;
      }
      state.parser.filled(count);
      session.heard(count, state.parser.waiting());
      if (!converse(buffers, state, false)) {
        return false;
      }
    } while (state.phase == Phase.READING && client.wire().hasMore());
    return true;
  }

  /** Does all commands that have come in, and writes the replies; false if that was the end. */
  private boolean converse(RespBuffers buffers, RespState state, boolean mayWait)
      throws IOException {
    boolean more = true;
    while (more) {
      perform(buffers, state, mayWait);
      more = !state.outgoing.isEmpty(); // that is where it stopped, perhaps with commands left
      if (!gather(buffers, state) && !deliver(buffers, state)) {
        return false;
      }
      more &= state.outgoing.isEmpty() && state.phase == Phase.READING;
    }
    return true;
  }

  /** Has the replies written at the end of the loop's turn; false if they should not wait. */
  private boolean gather(RespBuffers buffers, RespState state) {
    RespWriter out = buffers.out;
    Wire wire = client.wire();
    if (out.length() == 0
        || out.length() > FEW
        || state.phase != Phase.READING
        || state.ending
        || isBlocked(state)
        || wire.hasMore()
        || !wire.isOpen()
        || isHeldBack(state)
        || !client.loop().isCurrent()) {
      return false;
    }
    session.server().stats().written(out.length());
    keep(buffers, state);
    client.loop().tellAtTheEnd(client);
    return true;
  }

  private static void keep(RespBuffers buffers, RespState state) {
    RespWriter out = buffers.out;
    state.outgoing.keep(buffers.from(out.array(), out.length()));
    out.clear(RespBuffers.KEPT);
  }

  /** Does commands while the client takes the replies. */
  private void perform(RespBuffers buffers, RespState state, boolean mayWait) throws IOException {
    RespWriter out = buffers.out;
    session.begin();
    session.limit(state.parser);
    try {
      while (!state.ending && state.outgoing.isEmpty() && state.parser.next()) {
        if (!takePushes(buffers, state)) {
          return; // the command is still there
        }
        Args args = state.parser.args();
        if (args.count() > 0 && session.affords(state.parser.commandBytes(), out)) {
          session.execute(args, out, mayWait);
        }
        state.parser.done();
        session.limit(state.parser);
        state.ending = session.isClosing();
        if (out.length() >= CHUNK && !flush(buffers, state)) {
          return;
        }
      }
    } catch (Keyspace.WouldWait e) {
      leave(state);
    } catch (RespParser.Malformed e) {
      out.error(String.valueOf(e.getMessage()));
      state.ending = true;
    } finally {
      session.pause();
    }
  }

  /** Writes what others have for the client, before its next command; false if it has to wait. */
  private boolean takePushes(RespBuffers buffers, RespState state) throws IOException {
    while (client.takePushes(buffers.out, CHUNK)) {
      if (!flush(buffers, state) || !state.outgoing.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Writes the replies, and behind them what others have for the client, as far as it takes it.
   * What it does not take stays where it is counted, so that who reads too slowly is found out.
   */
  private boolean deliver(RespBuffers buffers, RespState state) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      boolean blocked = isBlocked(state);
      boolean more = !blocked && client.takePushes(buffers.out, CHUNK);
      if (!flush(buffers, state)) {
        return false;
      }
      if (blocked ? isBlocked(state) : !more) { // it may just have ceased to be
        return true;
      }
    }
    client.announce(); // others have their turn
    return true;
  }

  private boolean isBlocked(RespState state) {
    return !state.outgoing.isEmpty() || client.wire().isBlocked();
  }

  /** Goes on on a virtual thread, with the command that has to wait, or what the wire has to do. */
  private void leave(RespState state) {
    state.phase = Phase.AWAY;
    client.interest(0);
    Thread.startVirtualThread(
        () -> {
          client.wire().work();
          client.tell(Event.RESUME);
        });
  }

  /** Writes what can be written now; false if that was all there will ever be. */
  private boolean flush(RespBuffers buffers, RespState state) throws IOException {
    RespWriter out = buffers.out;
    session.server().stats().written(out.length());
    if (holdBack(buffers, state)) {
      return true;
    }
    boolean fresh = out.length() > 0;
    state.outgoing.write(client.wire(), fresh ? buffers.from(out.array(), out.length()) : null);
    if (fresh) {
      out.clear(RespBuffers.KEPT);
    }
    watch(state);
    return !state.ending || isBlocked(state);
  }

  private void watch(RespState state) {
    if (state.phase == Phase.AWAY) {
      return;
    }
    Wire wire = client.wire();
    boolean blocked = wire.isBlocked() || (!state.outgoing.isEmpty() && wire.isOpen());
    state.phase = blocked ? Phase.BLOCKED : Phase.READING;
    client.interest(blocked ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  @Override
  public Next<RespState> handleInfo(Object message, RespState state) throws Exception {
    return switch (message) {
      case Exit(var _, ExitReason reason) -> Next.stop(reason, state);
      case Down down -> {
        session.ended(down);
        yield Next.noReply(state);
      }
      case Late _ -> {
        state.ending = false;
        yield client.wire().isOpen() ? Next.noReply(state) : end(state);
      }
      default -> GenServer.super.handleInfo(message, state);
    };
  }

  /**
   * Sees to it that the client gets what it is owed, if it may wait for that; closes the socket.
   */
  @Override
  public void terminate(ExitReason reason, RespState state) {
    session.end();
    session.settle(state.outgoing.held()); // half a command is nothing any more
    Wire wire = client.wire();
    try {
      if (state.gone || !reason.equals(ExitReason.SHUTDOWN)) {
        wire.finish();
      } else {
        var owed = Farewell.owed(state.outgoing.waiting(), session.gate());
        Farewell.say(wire, owed, session.server().drainTime());
      }
    } catch (IOException e) {
      // The client is gone.
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
