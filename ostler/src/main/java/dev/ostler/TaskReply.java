package dev.ostler;

import java.util.Optional;

/**
 * The message that brings a task's value to its owner, for an owner that does not await it; a
 * {@link Down} with the same monitor follows. Awaiting, polling or ignoring the task takes both
 * back.
 *
 * @param ref {@link Task#ref}
 * @param value the task's value, or {@link Optional#empty()} for null
 */
public record TaskReply(MonitorRef ref, Optional<Object> value) {}
