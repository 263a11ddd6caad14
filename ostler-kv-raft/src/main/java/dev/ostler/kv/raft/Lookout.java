package dev.ostler.kv.raft;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.raft.ReplicatedLog.Follower;
import dev.ostler.kv.raft.ReplicatedLog.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what people should know about the nodes: which one is not reached, and since when, and
 * how far one is that catches up. One thread uses it, which looks from time to time.
 */
final class Lookout {
  /** A node that is so far behind catches up; others are on their way. */
  private static final long BEHIND_BYTES = 1 << 20;

  private static final long BEHIND_ENTRIES = 1000;
  private static final Duration BETWEEN = Duration.ofSeconds(2); // lines about one node

  private final String self;
  private final Map<String, Instant> silent = new HashMap<>(); // and since when
  private final Map<String, Instant> behind = new HashMap<>(); // and when it was said
  private @Nullable Instant saidOwn; // that this node catches up; null if it does not

  Lookout(String self) {
    this.self = self;
  }

  /** What there is to say that was not said before. */
  List<String> look(Progress now, Instant at) {
    var lines = new ArrayList<String>();
    Set<String> names = new HashSet<>();
    for (Follower each : now.followers()) {
      names.add(each.name());
      reach(each, at, lines);
      follow(each, at, lines);
    }
    silent.keySet().retainAll(names); // only the leader knows
    behind.keySet().retainAll(names);
    if (now.followers().isEmpty()) {
      own(now, at, lines);
    } else {
      saidOwn = null;
    }
    return lines;
  }

  private void reach(Follower each, Instant at, List<String> lines) {
    Instant since = silent.get(each.name());
    if (each.silentMillis() > Cluster.SILENT_MILLIS) {
      if (since == null) {
        Instant last = at.minusMillis(each.silentMillis());
        silent.put(each.name(), last);
        lines.add("%s is not reached, since %s".formatted(each.name(), last));
      }
    } else if (since != null) {
      silent.remove(each.name());
      lines.add(
          "%s is reached again, after %s s"
              .formatted(each.name(), Duration.between(since, at).toSeconds()));
    }
  }

  private void follow(Follower each, Instant at, List<String> lines) {
    Instant said = behind.get(each.name());
    if (each.behindBytes() < BEHIND_BYTES) {
      if (said != null) {
        behind.remove(each.name());
        lines.add(each.name() + " has caught up");
      }
    } else if (each.silentMillis() <= Cluster.SILENT_MILLIS && isDue(said, at)) {
      behind.put(each.name(), at);
      lines.add(
          String.format(
              Locale.ROOT, "%s catches up: %,d bytes to go", each.name(), each.behindBytes()));
    }
  }

  /** How far this node is, if it follows. */
  private void own(Progress now, Instant at, List<String> lines) {
    long missing = now.committed() - now.applied();
    if (missing < BEHIND_ENTRIES) {
      if (saidOwn != null) {
        saidOwn = null;
        lines.add(
            String.format(Locale.ROOT, "%s has caught up, with entry %,d", self, now.applied()));
      }
    } else if (isDue(saidOwn, at)) {
      saidOwn = at;
      lines.add(
          String.format(
              Locale.ROOT,
              "%s catches up: it has %,d of %,d entries",
              self,
              now.applied(),
              now.committed()));
    }
  }

  private static boolean isDue(@Nullable Instant said, Instant at) {
    return said == null || Duration.between(said, at).compareTo(BETWEEN) >= 0;
  }
}
