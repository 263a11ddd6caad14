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
 * @param state its state, if it was a server, as its {@link GenServer#formatStatus} shows it
 * @param queued how many messages waited
 * @param ancestors who started it, and who started that one
 * @param links whom it was linked to
 * @param caller who waited for the answer to the call it was handling, if it was a process
 * @param callerStack the stack of that caller's thread, or empty
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

  static CrashReport of(ThreadProc process, ExitReason reason) {
    return of(process, reason, Optional.empty(), Optional.empty(), Optional.empty(), "");
  }

  static CrashReport of(CallbackProc server, ExitReason reason) {
    Message handling = server.handling();
    ExitReason shownReason = reason;
    Optional<Object> message = Optional.ofNullable(handling).flatMap(m -> content(m, server));
    Optional<Object> state = Optional.ofNullable(server.peekState());
    var callbacks = server.peekCallbacks();
    if (callbacks != null && state.isPresent()) {
      var shown =
          new StatusReport(state.get(), message, Optional.of(reason)).formattedBy(callbacks);
      state = Optional.of(shown.state());
      message = shown.message();
      shownReason = shown.reason().orElse(reason);
    }
    Optional<Pid> caller = Optional.empty();
    String stack = "";
    if (handling instanceof Request<?> request) {
      caller = request.pid();
      Thread waiter = request.waiter();
      stack = waiter == null ? "" : Text.stack(waiter.getStackTrace(), 30);
    }
    return of(server, shownReason, message, state, caller, stack);
  }

  private static Optional<Object> content(Message message, Proc server) {
    return message instanceof Request<?> request
        ? Optional.of(request.call)
        : Optional.ofNullable(message.payload(server));
  }

  private static CrashReport of(
      Proc process,
      ExitReason reason,
      Optional<Object> message,
      Optional<Object> state,
      Optional<Pid> caller,
      String callerStack) {
    return new CrashReport(
        process,
        process.label(),
        reason,
        message,
        state,
        process.queued(),
        Ancestors.list(process.ancestors),
        process.linked(),
        caller,
        callerStack);
  }

  /** The report in lines of text, bounded in length, without the stack of the crash. */
  public String text() {
    var text = new StringBuilder(pid + " (" + label + ") ended: " + reason);
    message.ifPresent(m -> text.append("\n  last message: ").append(Text.bounded(m)));
    state.ifPresent(s -> text.append("\n  state: ").append(Text.bounded(s)));
    text.append("\n  queued: ").append(queued);
    text.append("\n  ancestors: ").append(ancestors);
    text.append("\n  links: ").append(links.size() > 20 ? links.size() : links);
    caller.ifPresent(c -> text.append("\n  caller: ").append(c).append(callerStack));
    return text.toString();
  }
}
