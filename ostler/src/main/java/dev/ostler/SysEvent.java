package dev.ostler;

import java.util.Optional;

/**
 * One thing a server did, for who looks into it with {@link Sys}.
 *
 * @param kind what it did
 * @param label what the server is called
 * @param content the message, the reply, or the state
 * @param peer who asked, or is answered, if it is a process
 */
public record SysEvent(Kind kind, String label, Object content, Optional<Pid> peer) {
  /** What happened. */
  public enum Kind {
    /** It took a request. */
    CALL,
    /** It took a cast. */
    CAST,
    /** It took any other message. */
    INFO,
    /** It answered. */
    REPLY,
    /** It went on, with this state. */
    STATE
  }

  /** A line in the form of OTP's {@code sys:trace}. */
  @Override
  public String toString() {
    String what = Text.bounded(content);
    String whom = peer.map(Object::toString).orElse("a thread");
    return "*DBG* "
        + label
        + switch (kind) {
          case CALL -> " got call " + what + " from " + whom;
          case CAST -> " got cast " + what;
          case INFO -> " got " + what;
          case REPLY -> " sent " + what + " to " + whom;
          case STATE -> " new state " + what;
        };
  }
}
