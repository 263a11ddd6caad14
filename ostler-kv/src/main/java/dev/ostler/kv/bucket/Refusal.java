package dev.ostler.kv.bucket;

/**
 * What work on a bucket throws to refuse what it was asked, before it has changed anything. Has no
 * stack: it is an answer, and no failure.
 */
public abstract class Refusal extends RuntimeException {
  public Refusal(String message) {
    super(message, null, false, false);
  }
}
