package dev.ostler.observer;

import dev.ostler.CallException;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Sys;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that there is to know of one process. Any thread may ask. */
final class OneProcess {
  /** How long a process may take to show its state: for the text itself it has a second. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How many characters of a user's text are shown. */
  static final int MOST_CHARACTERS = 64 * 1024;

  private static final int MOST_PEERS = 100;
  private static final int MOST_WAITING = 20;

  /** Of so many processes it is remembered which message waited longest. */
  private static final int MOST_REMEMBERED = 256;

  private final Happenings happenings;

  /** By their numbers, the one that was asked about last at the end. Under its own lock. */
  private final LinkedHashMap<Long, Inspection.Oldest> oldest = new LinkedHashMap<>();

  OneProcess(Happenings happenings) {
    this.happenings = happenings;
  }

  Map<String, Object> told(Pid pid, Question.Parameters asked) {
    ProcessInfo info =
        Processes.info(pid)
            .orElseThrow(() -> new Refusal(404, "the process " + pid + " has ended"));
    var labels = new Labels();
    Map<String, Object> told = new LinkedHashMap<>(facts(info, labels));
    if (asked.flag("state")) {
      told.putAll(state(pid));
    }
    if (asked.flag("memory")) {
      told.putAll(memory(pid));
    }
    return told;
  }

  private Map<String, Object> facts(ProcessInfo info, Labels labels) {
    Pid pid = info.pid();
    return Json.object(
        "pid",
        pid.id(),
        "label",
        labels.of(pid),
        "name",
        ProcessRows.name(info),
        "kind",
        ProcessRows.kind(pid),
        "strategy",
        ProcessRows.strategy(pid),
        "busy",
        info.busy(),
        "suspended",
        info.suspended(),
        "traps_exits",
        info.trapsExits(),
        "queued",
        info.queued(),
        "oldest_at_least",
        oldest(pid).map(seen -> ProcessRows.seconds(seen.atLeast())),
        "handled",
        info.handled(),
        "callback",
        info.callback().map(ProcessInfo.Callback::message),
        "at_least",
        info.callback().map(callback -> ProcessRows.seconds(callback.atLeast())),
        "links",
        Api.named(info.links(), MOST_PEERS, labels),
        "links_total",
        info.links().size(),
        "monitors",
        Api.named(info.monitors(), MOST_PEERS, labels),
        "monitors_total",
        info.monitors().size(),
        "monitored_by",
        Api.named(info.monitoredBy(), MOST_PEERS, labels),
        "monitored_by_total",
        info.monitoredBy().size(),
        "ancestors",
        Api.named(info.ancestors(), MOST_PEERS, labels),
        "callers",
        Api.named(info.callers(), MOST_PEERS, labels),
        "supervisor",
        info.supervisor().map(each -> Api.named(each, labels)),
        "restarts",
        info.restarts(),
        "last_crash",
        ProcessRows.lastEnd(info),
        "mailbox",
        List.<Object>copyOf(Inspection.waiting(pid, MOST_WAITING)),
        "crashes",
        happenings.crashesOf(pid.id(), labels.of(pid)));
  }

  /** The message that waits longest, as it was first seen. */
  private Optional<Inspection.Oldest> oldest(Pid pid) {
    synchronized (oldest) {
      Optional<Inspection.Oldest> seen =
          Inspection.oldest(pid, Optional.ofNullable(oldest.remove(pid.id())));
      seen.ifPresent(message -> oldest.put(pid.id(), message));
      if (oldest.size() > MOST_REMEMBERED) {
        oldest.pollFirstEntry();
      }
      return seen;
    }
  }

  private static Map<String, Object> state(Pid pid) {
    try {
      Inspection.Shown shown = Inspection.state(pid, MOST_CHARACTERS, PATIENCE);
      return shown.cut()
          ? Json.object("state", shown.text() + "…", "cut", true)
          : Json.object("state", shown.text());
    } catch (CallException.Timeout e) {
      return Json.object(
          "error", "the state is not known: the process is busy, and did not answer in time");
    } catch (CallException | IllegalArgumentException e) {
      return Json.object("error", "the state is not known: " + e.getMessage());
    }
  }

  private static Map<String, Object> memory(Pid pid) {
    try {
      Sys.Memory memory = Sys.memory(pid, PATIENCE);
      return Json.object("memory", memory.bytes(), "memory_complete", memory.complete());
    } catch (CallException | IllegalArgumentException e) {
      return Json.object("memory_error", "the memory is not known: " + e.getMessage());
    }
  }
}
