package dev.ostler.kv.raft;

import java.util.TreeMap;

/**
 * How many bytes of a log are behind an entry, about. One thread adds entries; any thread asks.
 *
 * <p>It remembers a point every 64 KiB, and the last 4096 of them.
 */
final class LogBytes {
  private static final int POINTS = 4096;
  private static final long APART = 64 << 10;

  // Under this object's lock.
  private final TreeMap<Long, Long> points = new TreeMap<>(); // an entry, and all bytes up to it
  private long all;
  private long last; // entry

  /** An entry was applied. */
  synchronized void add(long index, long bytes) {
    all += bytes;
    last = index;
    if (points.isEmpty() || all - points.lastEntry().getValue() >= APART) {
      points.put(index, all);
      if (points.size() > POINTS) {
        points.pollFirstEntry();
      }
    }
  }

  /** How many bytes are in the entries after this one, as far as they are known. */
  synchronized long after(long index) {
    if (index >= last) {
      return 0;
    }
    var known = points.floorEntry(index);
    return known == null ? all : all - known.getValue();
  }
}
