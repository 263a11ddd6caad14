package dev.ostler.kv.server.resp;

/** The state of a RESP connection. Touched by the client's process alone. */
final class RespState {
  /*
   * The phase: what the socket is watched for, and what the next event does:
   *
   *   READING    input            READABLE: read and run commands; WRITE after the loop has served
   *                               all ready clients; the rest waits
   *   BLOCKED    output           WRITABLE: write what waits, then run the commands read before
   *   GATED      as before, then  DURABLE: what the replies tell of is durable; at the end of the
   *              nothing          turn, write them, then go on
   *   AWAY       nothing          RESUME, on a virtual thread, where commands may wait: run the
   *                               commands read before, then go on
   *
   *   READING -> BLOCKED   the client does not read its replies: its input is not read, either
   *   READING -> GATED     the replies tell of changes that must be durable first
   *   READING -> AWAY      a command must wait, for a new bucket, say; or the wire has work
   *   any     -> LEAVING   all is written, and nothing is watched; the process is told to end, and
   *                        does so on a virtual thread, where it can wait for the client
   *
   * PUSHED may come in any phase: pushed messages are written behind the replies.
   *
   * The life of the connection:
   *
   *   OPEN -> ENDING    nothing is read any more, after QUIT or a protocol error, say; the phase
   *                     becomes LEAVING once all is written that can be
   *   OPEN, ENDING -> GONE   the client has closed, or the wire failed: it is owed nothing
   *
   * The promise about replies that tell of changes that are not durable yet:
   *
   *   NONE -> AWAITED   the replies are withheld; DURABLE or NOT_DURABLE will come, once
   *   AWAITED -> NONE   DURABLE: they may be written
   *   AWAITED -> BROKEN NOT_DURABLE: an error replaces them, and the connection is ENDING
   */
  enum Phase {
    READING,
    BLOCKED,
    GATED,
    AWAY,
    LEAVING
  }

  /** The life of the connection. */
  enum Life {
    OPEN,
    ENDING,
    GONE
  }

  /** The promise about withheld replies. */
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
