package dev.ostler;

import java.util.Optional;

/**
 * What a supervisor knows of a child that it has started again: kept by the child's new process,
 * for {@link ProcessInfo}.
 *
 * @param restarts how often it was started again
 * @param lastEnd why it ended last; empty if it was only stopped because others were restarted
 */
record Past(int restarts, Optional<ExitReason> lastEnd) {
  static final Past NONE = new Past(0, Optional.empty());
}
