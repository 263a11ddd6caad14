package dev.ostler;

/**
 * The message a process that traps exits gets when a process it is linked to ends, or when somebody
 * sends it an exit signal.
 *
 * @param pid the process that ended, or that sent the signal; {@link Processes#OUTSIDE} if the
 *     sender is a thread without a process
 * @param reason why
 */
public record Exit(Pid pid, ExitReason reason) {}
