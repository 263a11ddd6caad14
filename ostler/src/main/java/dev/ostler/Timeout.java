package dev.ostler;

/**
 * The message a server gets in {@code handleInfo} when the idle timeout it asked for has passed
 * without any other message.
 *
 * @see Next#withTimeout(java.time.Duration)
 */
public record Timeout() {}
