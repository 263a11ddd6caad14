package dev.ostler.kv.bucket;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/** An event in a bucket, for subscribers, see {@link Environment.EventListener}. Immutable. */
record Event(String bucket, char type, String event) {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /**
   * Sends events to all subscribers. If a subscriber fails, the next event is sent all the same.
   */
  static void tell(List<Event> events, Environment environment) {
    for (Event each : events) {
      try {
        environment.events().tell(each.bucket, each.type, each.event);
      } catch (RuntimeException | Error e) {
        LOG.log(Level.ERROR, "an event could not be sent", e);
      }
    }
  }
}
