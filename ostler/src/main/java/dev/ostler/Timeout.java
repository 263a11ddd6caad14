package dev.ostler;

/**
 * The message that {@code handleInfo} gets when the idle timeout has passed without any other
 * message.
 *
 * @see Next#withTimeout(java.time.Duration)
 */
public record Timeout() {}
