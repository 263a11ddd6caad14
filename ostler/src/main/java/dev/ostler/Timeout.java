package dev.ostler;

/**
 * The message that {@code handleInfo} gets when the idle timeout has passed without any other
 * message.
 *
 * <p>JUnit has an annotation with this name. Where both are used, one of them is written in full,
 * or the server waits with a message of its own: {@link Next#withTimeout(java.time.Duration,
 * Object)}.
 *
 * @see Next#withTimeout(java.time.Duration)
 */
public record Timeout() {}
