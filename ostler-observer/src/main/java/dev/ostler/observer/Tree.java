package dev.ostler.observer;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Who started whom: the children of one process, or the processes whose parent is not there, in
 * pages. Any thread may ask.
 */
final class Tree {
  /** How long a supervisor may take to tell of its children; without it, they have no ids. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** From how many messages on a mailbox is shown as trouble. */
  private static final int LONG_MAILBOX = 1000;

  private static final Duration LONG_CALLBACK = Duration.ofSeconds(2);

  private final Happenings happenings;

  Tree(Happenings happenings) {
    this.happenings = happenings;
  }

  Map<String, Object> page(Question.Parameters asked) {
    String text = asked.text("q", "").toLowerCase(Locale.ROOT);
    int offset = asked.number("offset", 0, 0, 10_000_000);
    int limit = asked.number("limit", 100, 1, 1000);
    Optional<Pid> parent =
        asked.has("parent") ? Optional.of(Api.pid(asked.text("parent", ""))) : Optional.empty();
    var labels = new Labels();
    var found = new ArrayList<Pid>();
    boolean everywhere = parent.isEmpty() && !text.isEmpty();
    Inspection.forEach(
        pid -> {
          if ((everywhere || livingParent(pid).equals(parent)) && labels.match(pid, text)) {
            found.add(pid);
          }
        });
    found.sort(Comparator.comparingLong(Pid::id));
    List<Pid> page =
        found.subList(Math.min(offset, found.size()), Math.min(offset + limit, found.size()));
    var counted = new ArrayList<Pid>(page);
    parent.ifPresent(counted::add);
    Map<Pid, int[]> counts = childrenOf(counted);
    Map<Pid, Inspection.Supervised> known = parent.map(each -> ask(each, page)).orElse(Map.of());
    var children = new ArrayList<Object>();
    for (Pid each : page) {
      Processes.info(each).ifPresent(info -> children.add(node(info, known, counts, labels)));
    }
    return Json.object(
        "parent",
        parent.flatMap(Processes::info).map(info -> node(info, Map.of(), counts, labels)),
        "total",
        found.size(),
        "offset",
        offset,
        "children",
        children);
  }

  private static Optional<Pid> livingParent(Pid pid) {
    return Inspection.parent(pid).filter(Pid::isAlive);
  }

  private static Map<Pid, int[]> childrenOf(List<Pid> parents) {
    var counts = new HashMap<Pid, int[]>();
    parents.forEach(each -> counts.put(each, new int[1]));
    Inspection.forEach(
        pid -> {
          int[] count = counts.get(Inspection.parent(pid).orElse(Processes.NOBODY));
          if (count != null) {
            count[0]++;
          }
        });
    return counts;
  }

  private static Map<Pid, Inspection.Supervised> ask(Pid supervisor, List<Pid> children) {
    try {
      return Inspection.supervised(supervisor, children, PATIENCE);
    } catch (CallException e) {
      return Map.of(); // it is busy, or has ended
    }
  }

  private Map<String, Object> node(
      ProcessInfo info,
      Map<Pid, Inspection.Supervised> known,
      Map<Pid, int[]> counts,
      Labels labels) {
    Pid pid = info.pid();
    int[] count = counts.get(pid);
    return Json.object(
        "pid",
        pid.id(),
        "label",
        labels.of(pid),
        "name",
        ProcessRows.name(info),
        "id",
        Optional.ofNullable(known.get(pid)).map(Inspection.Supervised::id),
        "kind",
        ProcessRows.kind(pid),
        "strategy",
        ProcessRows.strategy(pid),
        "restarts",
        info.restarts(),
        "last_crash",
        ProcessRows.lastEnd(info),
        "children",
        count == null ? 0 : count[0],
        "queued",
        info.queued(),
        "busy",
        info.busy(),
        "suspended",
        info.suspended(),
        "trouble",
        trouble(info));
  }

  private Optional<String> trouble(ProcessInfo info) {
    if (info.suspended()) {
      return Optional.of("suspended");
    }
    if (info.callback().filter(each -> each.atLeast().compareTo(LONG_CALLBACK) >= 0).isPresent()) {
      return Optional.of("callback");
    }
    if (info.queued() >= LONG_MAILBOX) {
      return Optional.of("mailbox");
    }
    // Those whose strategy had them restarted with the one that crashed were shut down.
    boolean crashed = info.lastEnd().filter(ExitReason.Crash.class::isInstance).isPresent();
    return crashed && happenings.restartedLately(info.pid())
        ? Optional.of("crashed")
        : Optional.empty();
  }
}
