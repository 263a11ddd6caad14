package dev.ostler.kv.server.access;

import java.util.List;

/** What a command does with one of its keys, as Redis sees it. Immutable; any thread. */
public enum KeyUse {
  LOOKS(false, false, "RO"),
  READS(true, false, "RO", "access"),
  REPLACES(false, true, "OW", "update"),
  INSERTS(false, true, "OW", "insert"),
  INSERTS_PART(false, true, "RW", "insert"),
  UPDATES(false, true, "RW", "update"),
  READS_AND_UPDATES(true, true, "RW", "access", "update"),
  READS_AND_DELETES(true, true, "RW", "access", "delete"),
  DELETES_PART(false, true, "RW", "delete"),
  DELETES(false, true, "RM", "delete");

  private final boolean reads;
  private final boolean writes;
  private final String words; // with blanks between them

  KeyUse(boolean reads, boolean writes, String... words) {
    this.reads = reads;
    this.writes = writes;
    this.words = String.join(" ", words);
  }

  /** Whether what is there is told. */
  boolean reads() {
    return reads;
  }

  /** Whether what is there may be another afterwards. */
  boolean writes() {
    return writes;
  }

  /** Redis's words for it. */
  public List<String> words() {
    return List.of(words.split(" ", -1));
  }
}
