package dev.ostler.kv.bucket;

/**
 * An error reply that a command on several buckets throws before it has changed anything. It has no
 * stack trace, because it is not a failure.
 */
public abstract class Refusal extends RuntimeException {
  public Refusal(String message) {
    super(message, null, false, false);
  }
}
