package dev.ostler;

import java.util.List;
import java.util.Optional;

/**
 * What is known of a process that ended other than cleanly, by its own doing.
 *
 * <p>A process that is ended by a signal makes none: whoever sent the signal knows why.
 *
 * @param pid who ended
 * @param label what it is called
 * @param reason why; a {@link ExitReason.Crash} has the stack
 * @param message what it was handling, if it was a server
 * @param state its state, if it was a server and did not end for want of memory, as its {@link
 *     GenServer#formatStatus} shows it
 * @param queued how many messages waited
 * @param ancestors who started it, and who started that one
 * @param links whom it was linked to
 * @param caller who waited for the answer to the call it was handling, if it was a process
 * @param callerStack the stack of that caller's thread at the time, or empty
 */
public record CrashReport(
    Pid pid,
    String label,
    ExitReason reason,
    Optional<Object> message,
    Optional<Object> state,
    int queued,
    List<Pid> ancestors,
    List<Pid> links,
    Optional<Pid> caller,
    String callerStack)
    implements Event {

  /** The report in lines of text, bounded in length, without the stack of the crash. */
  public String text() {
    var text = new StringBuilder();
    text.append(pid).append(" (").append(label).append(") ended: ").append(reason);
    message.ifPresent(m -> text.append("\n  last message: ").append(Text.bounded(m)));
    state.ifPresent(s -> text.append("\n  state: ").append(Text.bounded(s)));
    text.append("\n  queued: ").append(queued);
    text.append("\n  ancestors: ").append(ancestors);
    text.append("\n  links: ").append(links.size() > 20 ? links.size() : links);
    caller.ifPresent(c -> text.append("\n  caller: ").append(c).append(callerStack));
    return text.toString();
  }
}
