package dev.ostler.shell;

import dev.ostler.CallException;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Processes as text: a table, a tree, one in detail. Any thread may use it. */
final class ProcessTexts {
  private static final int MOST_PROCESSES = 200;
  private static final int MOST_TEXT = 1_000;
  private static final int MOST_LABEL = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private ProcessTexts() {}

  // --- All of them

  static String table(List<Pid> processes) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("PID", "LABEL", "STATUS", "QUEUED", "PARENT"));
    for (Pid pid : processes.subList(0, Math.min(MOST_PROCESSES, processes.size()))) {
      rows.add(
          List.of(
              pid.toString(),
              label(pid),
              status(pid),
              Integer.toString(Inspection.queued(pid)),
              Inspection.parent(pid).map(Pid::toString).orElse("")));
    }
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.append(left(processes.size() - MOST_PROCESSES)).toString().stripTrailing();
  }

  private static String status(Pid pid) {
    if (Inspection.isSuspended(pid)) {
      return "suspended";
    }
    return Inspection.isBusy(pid) ? "running" : "waiting";
  }

  private static String label(Pid pid) {
    String label = pid.label();
    return label.length() > MOST_LABEL ? label.substring(0, MOST_LABEL - 1) + "…" : label;
  }

  private static String left(int count) {
    return count > 0 ? "and " + count + " more" : "";
  }

  // --- Who started whom

  static String tree(List<Pid> processes) {
    var tree = new Tree(processes);
    for (Pid pid : processes) {
      if (tree.isRoot(pid)) {
        tree.add(pid, "", "");
      }
    }
    return tree.text();
  }

  static String tree(Pid root, List<Pid> processes) {
    var tree = new Tree(processes);
    tree.add(root, "", "");
    return tree.text();
  }

  /** The lines of a tree. Used by one thread, once. */
  private static final class Tree {
    private final Map<Pid, List<Pid>> children = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();
    private int lines;
    private boolean cut;

    Tree(List<Pid> processes) {
      processes.forEach(pid -> children.put(pid, new ArrayList<>()));
      for (Pid pid : processes) {
        Inspection.parent(pid).map(children::get).ifPresent(siblings -> siblings.add(pid));
      }
    }

    boolean isRoot(Pid pid) {
      return Inspection.parent(pid).filter(children::containsKey).isEmpty();
    }

    void add(Pid pid, String indent, String below) {
      if (lines == MOST_PROCESSES) {
        cut = true;
        return;
      }
      lines++;
      text.append(indent).append(pid).append(' ').append(label(pid)).append('\n');
      List<Pid> its = children.getOrDefault(pid, List.of());
      for (Pid child : its) {
        boolean last = child == its.getLast();
        add(child, below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "));
      }
    }

    String text() {
      return text.append(cut ? "and more" : "").toString().stripTrailing();
    }
  }

  // --- One of them

  static String details(ProcessInfo info) {
    Pid pid = info.pid();
    var facts = new LinkedHashMap<String, String>();
    facts.put("label", info.label());
    info.name().ifPresent(name -> facts.put("name", name.toString()));
    facts.put("kind", Inspection.kind(pid).toString().toLowerCase(Locale.ROOT).replace('_', ' '));
    facts.put("status", status(pid) + callback(info));
    facts.put("queued", Integer.toString(info.queued()));
    facts.put("links", pids(info.links()));
    facts.put("monitors", pids(info.monitors()));
    facts.put("monitored by", pids(info.monitoredBy()));
    facts.put("ancestors", pids(info.ancestors()));
    if (info.trapsExits()) {
      facts.put("traps exits", "yes");
    }
    if (info.restarts() > 0) {
      facts.put("restarts", Integer.toString(info.restarts()));
    }
    info.lastEnd().ifPresent(reason -> facts.put("last end", reason.toString()));
    state(pid).ifPresent(state -> facts.put("state", state));
    var text = new StringBuilder(pid.toString());
    facts.forEach(
        (name, fact) -> text.append("\n  %-12s  %s".formatted(name, fact).stripTrailing()));
    return text.toString();
  }

  private static String callback(ProcessInfo info) {
    return info.callback()
        .map(now -> ", handles " + now.message() + " since " + now.atLeast().toSeconds() + " s")
        .orElse("");
  }

  private static String pids(List<Pid> pids) {
    List<String> shown =
        pids.stream().limit(MOST_PROCESSES).map(pid -> pid + " " + label(pid)).toList();
    String left = left(pids.size() - MOST_PROCESSES);
    return String.join(", ", shown) + (left.isEmpty() ? "" : " " + left);
  }

  /** Its state, if it is a server and answers soon. */
  private static Optional<String> state(Pid pid) {
    if (Inspection.kind(pid) == Inspection.Kind.PROCESS) {
      return Optional.empty();
    }
    try {
      return Optional.of(Inspection.state(pid, MOST_TEXT, PATIENCE).text());
    } catch (CallException e) {
      return Optional.of("not told: " + e.getMessage());
    }
  }
}
