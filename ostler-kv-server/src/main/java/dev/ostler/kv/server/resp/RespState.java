package dev.ostler.kv.server.resp;

/** Where the conversation with a RESP client is. Touched by the client's process alone. */
final class RespState {
  /*
   * Who watches what, and what the next event does:
   *
   *   READING    the socket for input    READABLE: read, do, and WRITE once the loop has heard all
   *                                      who are ready; what cannot be written waits
   *   BLOCKED    the socket for output   WRITABLE: write what waits, do what was read, go on
   *   GATED      as before, then nothing KEPT: what the replies tell of is durable; write at the
   *                                      end of the turn, go on
   *   AWAY       nothing                 RESUME, on a virtual thread, where commands may wait:
   *                                      do what was read, go on
   *
   *   READING -> BLOCKED   the client does not take its replies as fast: it is not read from, either
   *   READING -> GATED     replies tell of what is not durable yet, and that was promised
   *   READING -> AWAY      a command has to wait, for a new bucket, say; or the wire has work
   *   any     -> LEAVING   all is said, and nothing is watched; the process is told to end, which
   *                        it then does on a virtual thread, where it can hear the client out
   *
   * PUSHED comes in any of them: what others have for the client goes out behind the replies.
   */
  enum Phase {
    READING,
    BLOCKED,
    GATED,
    AWAY,
    LEAVING
  }

  final RespParser parser = new RespParser();
  Phase phase = Phase.READING;
  final Outgoing outgoing = new Outgoing();
  boolean asked; // it will be told when what is unwritten may leave
  boolean refused; // it never may, and is dropped
  boolean ending; // nothing is read any more: when all is written, that is the end
  boolean gone; // the client, which is owed nothing
}
