package dev.ostler.kv.journal;

/** A turn of a journal's thread, for tests of what it does in each of them. */
public final class JournalTurn {
  private JournalTurn() {}

  /** Returns when the thread has looked whether there is room. Any thread but that one. */
  public static void await(Journal journal) {
    journal.runBetween(() -> {}).join();
  }
}
