package dev.ostler.kv.torture;

import java.util.List;

/**
 * What is wrong after a round. Immutable.
 *
 * @param acknowledged how many writes were
 * @param missing acknowledged writes that are not there
 * @param tick the number that was read
 * @param phantoms refused writes that are there
 * @param unexplained histories that no order of their operations explains
 * @param unchecked how many histories have too many unknown outcomes to tell
 */
record Verdict(
    long acknowledged,
    List<String> missing,
    Tick tick,
    List<String> phantoms,
    List<String> unexplained,
    int unchecked) {

  long lost() {
    return missing.size() + tick.lostIncrements();
  }

  long stale() {
    return tick.staleReads();
  }

  long notExplained() {
    return unexplained.size() + phantoms.size();
  }

  boolean isGood() {
    return lost() == 0 && stale() == 0 && notExplained() == 0;
  }

  /** For whoever looks into it. */
  String details() {
    return "missing %s%nincrements on something old: %d%nstale reads: %d%ndone though refused: %s%n%s"
        .formatted(
            missing, tick.lostIncrements(), stale(), phantoms, String.join("\n", unexplained));
  }
}
