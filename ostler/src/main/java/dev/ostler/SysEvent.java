package dev.ostler;

import java.util.Optional;

/**
 * One action of a server, for observers of {@link Sys}.
 *
 * @param kind the kind of action
 * @param label the server's label
 * @param content the message, the reply, or the state
 * @param peer the process that called or gets the reply, if any
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
