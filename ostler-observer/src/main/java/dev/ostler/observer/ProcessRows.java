package dev.ostler.observer;

import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pages of all processes, in the order of a column, by value or by growth since a look. Any thread
 * may ask.
 *
 * <p>Of all processes it reads the one value that it sorts by. It holds only as many as come before
 * the end of the page, and asks for everything else only of those on the page.
 */
final class ProcessRows {
  static final String[] PARAMETERS = {"q", "sort", "order", "growth", "since", "offset", "limit"};

  private static final Set<String> COLUMNS =
      Set.of(
          "pid",
          "label",
          "name",
          "kind",
          "queued",
          "handled",
          "restarts",
          "links",
          "monitors",
          "busy",
          "callback",
          "at_least");

  private static final Set<String> GROWING = Set.of("queued", "handled", "restarts");
  private static final Set<String> TEXTS = Set.of("label", "name", "kind", "callback");

  private final Looks looks;

  ProcessRows(Looks looks) {
    this.looks = looks;
  }

  /** A process that may be on the page, and by what it is sorted: a number or a text. */
  private record Candidate(Pid pid, long number, String text) {
    static final Comparator<Candidate> ORDER =
        Comparator.comparingLong(Candidate::number)
            .thenComparing(Candidate::text)
            .thenComparingLong(each -> -each.pid.id());
  }

  /** The first so many, of any number. */
  private static final class First {
    private final int most;
    private final Comparator<Candidate> order;
    private final PriorityQueue<Candidate> last; // its head is the one that would go first

    First(int most, Comparator<Candidate> order) {
      this.most = most;
      this.order = order;
      this.last = new PriorityQueue<>(order.reversed());
    }

    void add(Candidate each) {
      if (last.size() < most) {
        last.add(each);
      } else if (order.compare(each, last.element()) < 0) {
        last.remove();
        last.add(each);
      }
    }

    List<Candidate> inOrder(int offset) {
      var all = new ArrayList<Candidate>(last);
      all.sort(order);
      return all.subList(Math.min(offset, all.size()), all.size());
    }
  }

  Map<String, Object> page(Question.Parameters asked) {
    String text = asked.text("q", "").toLowerCase(Locale.ROOT);
    String sort = asked.oneOf("sort", "queued", COLUMNS);
    boolean descending = asked.oneOf("order", "desc", Set.of("asc", "desc")).equals("desc");
    boolean growth = asked.flag("growth");
    int offset = asked.number("offset", 0, 0, 10_000_000);
    int limit = asked.number("limit", 50, 1, 1000);
    if (growth && !GROWING.contains(sort)) {
      throw Refusal.bad(
          "sort: expected one of handled, queued, restarts, by growth, and found " + sort);
    }
    Optional<String> since =
        asked.has("since") ? Optional.of(asked.text("since", "")) : looks.latest();
    Looks.Look before = since.map(looks::find).orElse(null);
    var now = new Looks.Look();
    var labels = new Labels();
    var first =
        new First(offset + limit, descending ? Candidate.ORDER.reversed() : Candidate.ORDER);
    int[] total = {0};
    Inspection.forEach(
        pid -> {
          Looks.Values values = Looks.Values.of(pid);
          now.add(pid, values);
          if (labels.match(pid, text)) {
            total[0]++;
            Looks.Values shown = growth && before != null ? values.minus(before.of(pid)) : values;
            first.add(candidate(pid, sort, shown, labels));
          }
        });
    var rows = new ArrayList<Object>();
    for (Candidate each : first.inOrder(offset)) {
      Processes.info(each.pid).ifPresent(info -> rows.add(row(info, labels, before)));
    }
    return Json.object(
        "look",
        looks.keep(now),
        "since",
        since,
        "taken",
        now.taken.toString(),
        "total",
        total[0],
        "offset",
        offset,
        "rows",
        rows);
  }

  private static Candidate candidate(Pid pid, String sort, Looks.Values values, Labels labels) {
    return TEXTS.contains(sort)
        ? new Candidate(pid, 0, text(pid, sort, labels))
        : new Candidate(pid, number(pid, sort, values), "");
  }

  private static String text(Pid pid, String sort, Labels labels) {
    return switch (sort) {
      case "kind" -> kind(pid);
      case "callback" -> Inspection.callback(pid).map(ProcessInfo.Callback::message).orElse("");
      default -> labels.of(pid);
    };
  }

  private static long number(Pid pid, String sort, Looks.Values values) {
    return switch (sort) {
      case "queued" -> values.queued();
      case "handled" -> values.handled();
      case "restarts" -> values.restarts();
      case "links" -> Inspection.links(pid);
      case "monitors" -> Inspection.monitors(pid);
      case "busy" -> Inspection.isBusy(pid) ? 1 : 0;
      case "at_least" ->
          Inspection.callback(pid)
              .map(ProcessInfo.Callback::atLeast)
              .orElse(Duration.ZERO)
              .toNanos();
      default -> pid.id();
    };
  }

  static Optional<String> name(ProcessInfo info) {
    return info.name().map(ProcessRows::brief);
  }

  /** Why the process before it ended, if it was started again for that. */
  static Optional<String> lastEnd(ProcessInfo info) {
    return info.lastEnd().map(ProcessRows::brief);
  }

  static Optional<String> strategy(Pid pid) {
    return Inspection.strategy(pid).map(strategy -> strategy.name().toLowerCase(Locale.ROOT));
  }

  private static String brief(Object value) {
    return Inspection.text(value, 200).text();
  }

  static String kind(Pid pid) {
    return Inspection.kind(pid).name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> row(
      ProcessInfo info, Labels labels, Looks.@Nullable Look before) {
    return Json.object(
        "pid",
        info.pid().id(),
        "label",
        labels.of(info.pid()),
        "name",
        name(info),
        "kind",
        kind(info.pid()),
        "queued",
        info.queued(),
        "handled",
        info.handled(),
        "restarts",
        info.restarts(),
        "links",
        info.links().size(),
        "monitors",
        info.monitors().size(),
        "busy",
        info.busy(),
        "suspended",
        info.suspended() ? true : null,
        "callback",
        info.callback().map(ProcessInfo.Callback::message),
        "at_least",
        info.callback().map(callback -> seconds(callback.atLeast())),
        "growth",
        before == null ? null : growth(info.pid(), before));
  }

  private static Map<String, Object> growth(Pid pid, Looks.Look before) {
    Looks.Values growth = Looks.Values.of(pid).minus(before.of(pid));
    return Json.object(
        "queued", growth.queued(), "handled", growth.handled(), "restarts", growth.restarts());
  }

  static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
