package dev.ostler;

/**
 * The message a monitor sends, once, when the process it watches has ended.
 *
 * @param ref the monitor; {@link MonitorRef#name} tells the name if it was set by name
 * @param pid the process that ended; {@link Processes#NOBODY} if no process had the name when the
 *     monitor was set
 * @param reason why; {@link ExitReason#NO_PROCESS} if it was dead when the monitor was set
 */
public record Down(MonitorRef ref, Pid pid, ExitReason reason) {}
