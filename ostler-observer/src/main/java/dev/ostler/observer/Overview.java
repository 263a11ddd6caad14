package dev.ostler.observer;

import dev.ostler.SchedulerLoad;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The figures of the whole system. Any thread may ask. */
final class Overview {
  private static final int TOP = 10;

  private final Sampler sampler;
  private final Happenings happenings;
  private final Map<String, Object> application;
  private final boolean actions;
  private final List<String> panels;

  Overview(
      Sampler sampler, Happenings happenings, String name, boolean actions, List<String> panels) {
    this.sampler = sampler;
    this.happenings = happenings;
    this.application = application(name);
    this.actions = actions;
    this.panels = panels;
  }

  private static Map<String, Object> application(String name) {
    ProcessHandle jvm = ProcessHandle.current();
    String command = System.getProperty("sun.java.command", "java").split(" ", 2)[0];
    return Json.object(
        "name",
        name.isEmpty() ? command : name,
        "os_pid",
        jvm.pid(),
        "java",
        Runtime.version().toString(),
        "started",
        jvm.info().startInstant().map(Instant::toString));
  }

  /** All of it, with the past minutes. */
  Map<String, Object> whole(boolean authorized) {
    sampler.ask();
    List<Sample> samples = sampler.samples();
    Map<String, Object> told = new LinkedHashMap<>(brief(samples));
    told.put("authorized", authorized);
    var history = new ArrayList<Object>();
    for (int i = samples.size() - 1; i >= 0; i--) {
      Sample before = i + 1 < samples.size() ? samples.get(i + 1) : null;
      history.add(past(samples.get(i), Optional.ofNullable(before)));
    }
    told.put("history", history);
    return told;
  }

  /** The figures now. */
  Map<String, Object> now() {
    sampler.ask();
    return brief();
  }

  /** The figures of the last sample, of which there is one. */
  Map<String, Object> brief() {
    return brief(sampler.samples());
  }

  private Map<String, Object> brief(List<Sample> samples) {
    Sample now = samples.getFirst();
    Optional<Sample> before = samples.size() > 1 ? Optional.of(samples.get(1)) : Optional.empty();
    Sample first = sampler.first();
    var labels = new Labels();
    var waiting = new ArrayList<Object>();
    for (Sample.Waiting each : now.longest) {
      Map<String, Object> told = new LinkedHashMap<>(Api.named(each.pid(), labels));
      told.put("queued", each.queued());
      waiting.add(told);
    }
    var crashed = new ArrayList<Object>();
    for (Happenings.Crashed each : happenings.mostCrashes(TOP)) {
      crashed.add(
          Json.object(
              "label",
              each.label(),
              "count",
              each.count(),
              "last",
              each.last().toString(),
              "reason",
              each.reason()));
    }
    Runtime jvm = Runtime.getRuntime();
    return Json.object(
        "time",
        now.time.toString(),
        "application",
        application,
        "actions",
        actions,
        "panels",
        List.<Object>copyOf(panels),
        "processes",
        now.processes,
        "rates",
        before.map(earlier -> rates(now, earlier)),
        "totals",
        totals(now, first),
        "longest_mailbox",
        waiting.isEmpty() ? null : waiting.getFirst(),
        "longest_callback",
        slowest(now, labels),
        "memory",
        Json.object("used", now.memory, "committed", jvm.totalMemory(), "max", jvm.maxMemory()),
        "cpu",
        before.map(earlier -> cpu(now, earlier)),
        "queued",
        now.queued,
        "most_messages",
        waiting,
        "scheduler",
        scheduler(now.load),
        "calls",
        calls(now),
        "slowest_calls",
        slowestCalls(now),
        "most_crashes",
        crashed);
  }

  private static Optional<Map<String, Object>> slowest(Sample now, Labels labels) {
    Sample.Running slowest = now.slowest;
    if (slowest == null) {
      return Optional.empty();
    }
    Map<String, Object> told = new LinkedHashMap<>(Api.named(slowest.pid(), labels));
    told.put("message", slowest.callback().message());
    told.put("at_least", ProcessRows.seconds(slowest.callback().atLeast()));
    return Optional.of(told);
  }

  private static double ended(Sample now, Sample earlier) {
    return now.started - earlier.started - (now.processes - (long) earlier.processes);
  }

  private static Map<String, Object> rates(Sample now, Sample earlier) {
    return Json.object(
        "started",
        rate((double) now.started - earlier.started, now, earlier),
        "ended",
        rate(Math.max(0, ended(now, earlier)), now, earlier),
        "crashed",
        rate(grown(Happenings.Kind.CRASHED, now, earlier), now, earlier),
        "restarted",
        rate(grown(Happenings.Kind.RESTARTED, now, earlier), now, earlier),
        "calls",
        callRate(now, Optional.of(earlier)));
  }

  /** Calls a second; empty if they were not measured all the time. */
  private static Optional<Double> callRate(Sample now, Optional<Sample> earlier) {
    CallFigures.Lately last = earlier.map(each -> each.calls).orElse(null);
    return now.calls == null || last == null || now.calls.count() < last.count()
        ? Optional.empty()
        : earlier.map(each -> rate((double) now.calls.count() - last.count(), now, each));
  }

  private static Optional<Map<String, Object>> calls(Sample now) {
    CallFigures.Lately lately = now.calls;
    return lately == null || lately.times().count() == 0
        ? Optional.empty()
        : Optional.of(Json.object("p50", lately.p50(), "p99", lately.p99(), "max", lately.max()));
  }

  private static List<Object> slowestCalls(Sample now) {
    var slowest = new ArrayList<Object>();
    CallFigures.Lately lately = now.calls;
    if (lately != null) {
      for (CallFigures.Slow each : lately.slowest()) {
        slowest.add(
            Json.object("label", each.label(), "seconds", ProcessRows.seconds(each.longest())));
      }
    }
    return slowest;
  }

  private static Map<String, Object> scheduler(SchedulerLoad load) {
    return load.own()
        ? Json.object(
            "own", true, "workers", load.workers(), "awake", load.awake(), "queued", load.queued())
        : Json.object("own", false);
  }

  private static double grown(Happenings.Kind kind, Sample now, Sample earlier) {
    return now.count(kind) - (double) earlier.count(kind);
  }

  private static double cpu(Sample now, Sample earlier) {
    return (double) now.cpu.minus(earlier.cpu).toNanos()
        / (now.nanos - earlier.nanos)
        / Runtime.getRuntime().availableProcessors();
  }

  private static Map<String, Object> totals(Sample now, Sample first) {
    return Json.object(
        "started",
        now.started - first.started,
        "ended",
        Math.max(0, (long) ended(now, first)),
        "crashed",
        now.count(Happenings.Kind.CRASHED),
        "restarted",
        now.count(Happenings.Kind.RESTARTED),
        "gave_up",
        now.count(Happenings.Kind.GAVE_UP),
        "timeouts",
        now.count(Happenings.Kind.CALL_TIMED_OUT),
        "dead_letters",
        now.count(Happenings.Kind.DEAD_LETTER),
        "long_callbacks",
        now.count(Happenings.Kind.LONG_CALLBACK),
        "zombies",
        now.count(Happenings.Kind.ZOMBIE),
        "long_mailboxes",
        now.count(Happenings.Kind.LONG_MAILBOX));
  }

  private static Map<String, Object> past(Sample sample, Optional<Sample> before) {
    return Json.object(
        "time",
        sample.time.toString(),
        "processes",
        sample.processes,
        "started",
        before.map(earlier -> rate((double) sample.started - earlier.started, sample, earlier)),
        "ended",
        before.map(earlier -> rate(Math.max(0, ended(sample, earlier)), sample, earlier)),
        "calls",
        callRate(sample, before),
        "p99",
        calls(sample).map(calls -> calls.get("p99")),
        "memory",
        sample.memory,
        "queued",
        sample.queued);
  }

  private static double rate(double more, Sample now, Sample earlier) {
    return more / ((now.nanos - earlier.nanos) / 1e9);
  }
}
