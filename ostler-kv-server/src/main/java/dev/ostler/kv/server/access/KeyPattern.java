package dev.ostler.kv.server.access;

import dev.ostler.kv.server.args.Glob;

/**
 * Which buckets a user may read, write, or both. An immutable value; any thread.
 *
 * @param glob matches their names
 * @param reads whether they may be read
 * @param writes whether they may be changed
 */
record KeyPattern(Glob glob, boolean reads, boolean writes) {
  boolean allows(String key, KeyUse use) {
    return (reads || !use.reads()) && (writes || !use.writes()) && glob.matches(key);
  }

  boolean isAll() {
    return reads && writes && glob.isAll();
  }

  /** As in a rule. */
  String rule() {
    String before = reads && writes ? "~" : reads ? "%R~" : "%W~";
    return before + glob.pattern();
  }
}
