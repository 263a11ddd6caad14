package dev.ostler.kv.server.top;

import java.util.Optional;

/**
 * What the observer told at one moment. Immutable.
 *
 * @param asked the view for which it was asked: the present one may be another already
 * @param page the processes that are shown; nothing if one is
 * @param process the one that is shown, unless all are; nothing if it is gone
 */
record Snapshot(View asked, Told overview, Told page, Optional<Told> process) {
  /** What there is before the first answer. */
  static Snapshot nothing(View asked) {
    return new Snapshot(asked, Told.NOTHING, Told.NOTHING, Optional.empty());
  }
}
