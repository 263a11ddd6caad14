package dev.ostler.kv.server.access;

import org.jspecify.annotations.Nullable;

/** A client, as far as access rules are about it. Used by the client's process. */
public interface Subject {
  /** Whose rights it has; null if it has to authenticate itself before it has any. */
  @Nullable Account account();

  /** From now on it has this user's rights. */
  void account(@Nullable Account newAccount);

  /** Whether what it says now is part of a transaction. */
  boolean isInTransaction();

  /** What CLIENT LIST shows of it. */
  String line();

  /** It was refused something: counts that. */
  void denied(AccessLog.Reason reason);
}
