package dev.ostler.kv.server.resp;

/** Where the conversation with a RESP client is. Touched by the client's process alone. */
final class RespState {
  /*
   * Who watches what, and what the next event does:
   *
   *   READING    the socket for input    READABLE: read, do, and WRITE once the loop has heard all
   *                                      who are ready; what cannot be written waits
   *   BLOCKED    the socket for output   WRITABLE: write what waits, do what was read, go on
   *   GATED      as before, then nothing DURABLE: what the replies tell of is durable; write at the
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
   *
   * How long there is a connection:
   *
   *   OPEN -> ENDING    nothing is read any more, after QUIT or an error of the protocol, say; the
   *                     phase becomes LEAVING once all is written that can be
   *   OPEN, ENDING -> GONE   the client has closed, or the wire failed: it is owed nothing
   *
   * What was promised about replies that tell of what is not durable:
   *
   *   NONE -> AWAITED   they are withheld; DURABLE or NOT_DURABLE will come, once
   *   AWAITED -> NONE   DURABLE: they may leave
   *   AWAITED -> BROKEN NOT_DURABLE: they are dropped, an error takes their place, and it is ENDING
   */
  enum Phase {
    READING,
    BLOCKED,
    GATED,
    AWAY,
    LEAVING
  }

  /** How long there is a connection. */
  enum Life {
    OPEN,
    ENDING,
    GONE
  }

  /** What was promised about withheld replies. */
  enum Promise {
    NONE,
    AWAITED,
    BROKEN
  }

  final RespParser parser = new RespParser();
  Phase phase = Phase.READING;
  final Outgoing outgoing = new Outgoing();
  Life life = Life.OPEN;
  Promise promise = Promise.NONE;
}
