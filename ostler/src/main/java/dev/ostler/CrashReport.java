package dev.ostler;

import java.util.List;
import java.util.Optional;

/**
 * A report about a process that ended by itself, and not cleanly.
 *
 * <p>There is no report about a process that a signal has ended: the sender knows why.
 *
 * @param pid the process that ended
 * @param label its label
 * @param reason why; a {@link ExitReason.Crash} has the stack
 * @param message what it was handling, if it was a server
 * @param state its state, if it was a server and did not end for lack of memory, as its {@link
 *     GenServer#formatStatus} shows it
 * @param queued how many messages waited
 * @param ancestors its parent, that one's parent, and so on
 * @param links the processes it was linked to
 * @param caller the process that waited for the reply to the call it was handling, or for its
 *     start, if any
 * @param callerStack the stack of the thread that waited, at the time, also if that is no process;
 *     empty if nobody waited
 * @param replay a test for JUnit that sends the last messages to a new server, after the state it
 *     had before them; empty unless {@link Sys#log(Pid, int)} was on
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
    String callerStack,
    String replay)
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
    if (caller.isPresent() || !callerStack.isEmpty()) {
      text.append("\n  caller: ")
          .append(caller.<Object>map(pid -> pid).orElse("a thread that is no process"))
          .append(callerStack);
    }
    if (!replay.isEmpty()) {
      text.append("\n  replayed by:\n").append(replay.indent(4).stripTrailing());
    }
    return text.toString();
  }
}
