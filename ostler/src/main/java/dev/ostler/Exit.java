package dev.ostler;

/**
 * The message a process that traps exits gets when a process it is linked to ends, or when somebody
 * sends it an exit signal.
 *
 * @param pid who ended or who sent the signal; {@link Processes#OUTSIDE} if a thread that is no
 *     process sent it
 * @param reason why
 */
public record Exit(Pid pid, ExitReason reason) {}
