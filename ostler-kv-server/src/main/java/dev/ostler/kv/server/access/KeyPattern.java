package dev.ostler.kv.server.access;

import dev.ostler.kv.server.args.Glob;

/**
 * A pattern of bucket names that a user may read, write, or both. An immutable value; any thread
 * may use it.
 *
 * @param glob the pattern
 * @param reads whether the user may read these buckets
 * @param writes whether the user may change these buckets
 */
record KeyPattern(Glob glob, boolean reads, boolean writes) {
  boolean allows(String key, KeyUse use) {
    return (reads || !use.reads()) && (writes || !use.writes()) && glob.matches(key);
  }

  boolean isAll() {
    return reads && writes && glob.isAll();
  }

  /** The pattern as an access rule. */
  String rule() {
    String before = reads && writes ? "~" : reads ? "%R~" : "%W~";
    return before + glob.pattern();
  }
}
