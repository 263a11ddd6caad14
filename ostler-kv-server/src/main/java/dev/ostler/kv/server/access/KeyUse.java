package dev.ostler.kv.server.access;

import java.util.List;

/** How a command uses one of its keys, in Redis's terms. Immutable; any thread may use it. */
public enum KeyUse {
  /** Of an argument that stands where keys are, and is none. */
  NONE(false, false, "not_key"),
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
  private final String words; // separated by spaces

  KeyUse(boolean reads, boolean writes, String... words) {
    this.reads = reads;
    this.writes = writes;
    this.words = String.join(" ", words);
  }

  /** Whether the reply tells the value of the key. */
  boolean reads() {
    return reads;
  }

  /** Whether the command may change the key. */
  boolean writes() {
    return writes;
  }

  /** Redis's words for it. */
  public List<String> words() {
    return List.of(words.split(" ", -1));
  }
}
