package dev.ostler.kv;

/** What happened to a key, as subscribers are told. Immutable; any thread. */
sealed interface Change {
  /** The key was put. */
  record Set(String key, String value) implements Change {
    @Override
    public String text() {
      return key + " SET TO " + value;
    }
  }

  /** The key was deleted, whether it was there or not. */
  record Deleted(String key) implements Change {
    @Override
    public String text() {
      return key + " DELETED";
    }
  }

  /** The change in the words of the line protocol. */
  String text();
}
