package dev.ostler.kv.bucket;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Something that happened in a bucket and that subscribers are told, see {@link
 * Environment.Notices}. Immutable.
 */
record Event(String bucket, char type, String event) {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** Tells all of these. A subscriber that fails does not keep the other events from anybody. */
  static void tell(List<Event> events, Environment environment) {
    for (Event each : events) {
      try {
        environment.notices().tell(each.bucket, each.type, each.event);
      } catch (RuntimeException | Error e) {
        LOG.log(Level.ERROR, "an event could not be told", e);
      }
    }
  }
}
