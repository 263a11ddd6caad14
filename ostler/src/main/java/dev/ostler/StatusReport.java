package dev.ostler;

import java.util.Optional;

/**
 * The parts of a server that reports show; {@link GenServer#formatStatus} may change them.
 *
 * @param state the server's state
 * @param message the message it handles, or handled last, in a crash report
 * @param reason why it ends, in a crash report
 */
public record StatusReport(Object state, Optional<Object> message, Optional<ExitReason> reason) {

  /** With another state to show. */
  public StatusReport state(Object shown) {
    return new StatusReport(shown, message, reason);
  }

  /** With another message to show. */
  public StatusReport message(Object shown) {
    return new StatusReport(state, Optional.of(shown), reason);
  }

  /**
   * The report a server's own formatStatus makes of this one; a text for the state if it throws.
   */
  StatusReport formattedBy(GenServer<?, ?, ?> server) {
    StatusReport formatted;
    try {
      formatted = server.formatStatus(this);
    } catch (Throwable thrown) {
      return concealed(server, "threw " + Text.bounded(thrown));
    }
    return formatted == null || formatted.lacks() ? concealed(server, "returned null") : formatted;
  }

  /** As {@link #formattedBy}, for a server that is dead: elsewhere, and for a limited time. */
  StatusReport formattedBriefly(GenServer<?, ?, ?> server) {
    StatusReport formatted = Scribe.ask(() -> formattedBy(server));
    return formatted == null ? concealed(server, "took too long") : formatted;
  }

  /** Nothing stops a user's code from this. */
  @SuppressWarnings("ConstantValue")
  private boolean lacks() {
    return state == null || message == null || reason == null;
  }

  private StatusReport concealed(GenServer<?, ?, ?> server, String why) {
    String text = server.getClass().getSimpleName() + ".formatStatus " + why;
    return new StatusReport(text, message.map(m -> "hidden: " + text), reason);
  }
}
