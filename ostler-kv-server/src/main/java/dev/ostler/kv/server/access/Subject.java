package dev.ostler.kv.server.access;

import org.jspecify.annotations.Nullable;

/** What the access check needs to know about a client. Used by the client's process. */
public interface Subject {
  /** The user of the client; null if it has not authenticated, but must. */
  @Nullable Account account();

  /** Sets the user. */
  void account(@Nullable Account newAccount);

  /** Where its command runs, in Redis's words: {@code toplevel}, {@code multi} or {@code lua}. */
  String context();

  /** The client as a line of CLIENT LIST. */
  String line();

  /** Counts a refusal. */
  void denied(AccessLog.Reason reason);
}
