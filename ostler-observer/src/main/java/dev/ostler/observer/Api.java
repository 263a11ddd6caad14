package dev.ostler.observer;

import dev.ostler.CallException;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The questions that can be asked under {@code /api/v1}, and who answers each. Any thread. */
final class Api implements AutoCloseable {
  private static final String PREFIX = "/api/v1/";

  private final Guard guard;
  private final Happenings happenings = new Happenings();
  private final Sampler sampler = new Sampler(happenings);
  private final Looks looks = new Looks();
  private final Overview overview;
  private final ProcessRows rows = new ProcessRows(looks);
  private final Tree tree = new Tree(happenings);
  private final OneProcess one = new OneProcess(happenings);
  private final Feed feed;
  private final Traces traces = new Traces();
  private final Calls calls = new Calls();
  private final Actions actions = new Actions();
  private final Panels panels;
  private final Mcp mcp;

  Api(Guard guard, String name, List<Panel> panels) {
    this.guard = guard;
    this.panels = new Panels(panels);
    this.overview = new Overview(sampler, happenings, name, guard.actions(), this.panels.names());
    this.feed = new Feed(sampler, happenings, overview);
    this.mcp = tools();
  }

  private Mcp tools() {
    var tools = new Mcp();
    tools.add(
        "overview",
        "Figures of the whole program: processes, rates, calls, memory, longest mailboxes, crashes",
        asked -> overview.now());
    tools.add(
        "tree",
        "The children of a process, or the processes at the top; q searches labels",
        tree::page,
        "parent",
        "number",
        "q",
        "string",
        "offset",
        "number",
        "limit",
        "number");
    tools.add(
        "processes",
        "A table of processes, sorted by a column (queued, handled, restarts, links, monitors,"
            + " at_least, label, pid); order is asc or desc; q searches labels",
        asked -> rows.page(asked),
        "q",
        "string",
        "sort",
        "string",
        "order",
        "string",
        "offset",
        "number",
        "limit",
        "number");
    tools.add(
        "top_mailboxes",
        "The processes with the most waiting messages",
        asked -> rows.page(asked.with("sort", "queued").with("order", "desc")),
        "limit",
        "number");
    tools.add(
        "growth",
        "What has grown since an earlier look: sort by queued, handled or restarts; since is the"
            + " look of an earlier answer, by default the last one",
        asked -> rows.page(asked.with("growth", "true").with("order", "desc")),
        "sort",
        "string",
        "since",
        "string",
        "limit",
        "number");
    tools.add(
        "process",
        "Everything about one process: links, monitors, mailbox, crashes; its state on request",
        asked -> one.told(pid(asked.text("pid", "")), asked),
        "pid",
        "number",
        "state",
        "boolean",
        "memory",
        "boolean");
    tools.add(
        "crashes",
        "The last crash reports, the newest first",
        asked ->
            Json.object(
                "crashes", happenings.crashes(asked.number("limit", 20, 1, Happenings.CRASHES))),
        "limit",
        "number");
    tools.add(
        "metrics",
        "Calls, callbacks, timeouts, waits and ends of the last seconds, by label of the process",
        asked -> {
          sampler.ask();
          return Json.object("labels", sampler.calls().byLabel());
        });
    tools.add(
        "calls",
        "Records calls between servers for some seconds: who called whom, waited and ran",
        asked ->
            calls.record(asked.number("count", 200, 1, 1000), asked.number("seconds", 2, 1, 5)),
        "count",
        "number",
        "seconds",
        "number");
    tools.add(
        "trace",
        "What a server gets, answers and becomes, for some seconds",
        asked ->
            traces.collect(
                pid(asked.text("pid", "")),
                asked.number("count", 20, 1, 100),
                asked.number("seconds", 5, 1, 10)),
        "pid",
        "number",
        "count",
        "number",
        "seconds",
        "number");
    tools.add(
        "panel",
        "A table of the program's own; the overview has the names",
        asked -> panels.page(asked.text("name", ""), asked),
        "name",
        "string",
        "q",
        "string",
        "sort",
        "string",
        "order",
        "string",
        "offset",
        "number",
        "limit",
        "number");
    return tools;
  }

  /** A request of an assistant. Calls and traces cost something, so all of it needs the token. */
  private Answer assist(Question question) throws IOException {
    checkMethod(question, "POST");
    if (!guard.isAuthorized(question)) {
      throw new Refusal(401, "expected the token, in the header Authorization or the cookie");
    }
    return mcp.answer(question);
  }

  /** Refuses other methods than these. */
  static void checkMethod(Question question, String... allowed) {
    if (!Set.of(allowed).contains(question.method())) {
      throw new Refusal(
          405, "expected " + String.join(" or ", allowed) + ", and found " + question.method());
    }
  }

  Answer answer(Question question) throws IOException {
    String path = question.path();
    if (path.equals("/mcp")) {
      return assist(question);
    }
    if (!path.startsWith(PREFIX)) {
      throw new Refusal(404, "there is version 1 of the interface, under " + PREFIX);
    }
    List<String> words = List.of(path.substring(PREFIX.length()).split("/", -1));
    if (path.equals(PREFIX + "session")) {
      checkMethod(question, "POST");
      return session(question);
    }
    boolean acts = path.equals(PREFIX + "calls") || isOf(words, "processes", 3);
    if (acts) {
      checkMethod(question, "POST");
      guard.checkActor(question);
    } else {
      checkMethod(question, "GET", "HEAD");
      guard.checkReader(question);
    }
    try {
      return acts ? done(question, words) : told(question, words);
    } catch (CallException.Timeout e) {
      throw new Refusal(503, "the process did not answer in time: " + e.getMessage());
    } catch (CallException e) {
      throw new Refusal(404, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isOf(List<String> words, String first, int size) {
    return words.size() == size && words.getFirst().equals(first);
  }

  /** What only those may ask who have the token. */
  private Answer done(Question question, List<String> words) throws IOException {
    question.parameters();
    Question.Parameters asked = question.arguments("count", "seconds");
    if (words.size() == 1) {
      return Answer.json(
          200,
          calls.record(
              asked.number("count", 1000, 1, 10_000),
              asked.number("seconds", 5, 1, Calls.MOST_SECONDS)));
    }
    Pid pid = pid(words.get(1));
    String action = words.get(2);
    return action.equals("trace")
        ? traces.open(
            pid, asked.number("count", 100, 1, 10_000), asked.number("seconds", 30, 1, 3600))
        : Answer.json(200, actions.act(action, pid, question.from()));
  }

  private Answer told(Question question, List<String> words) throws IOException {
    return switch (words.getFirst() + "/" + words.size()) {
      case "overview/1" -> {
        question.parameters();
        yield Answer.json(200, overview.whole(guard.isAuthorized(question)));
      }
      case "stream/1" -> {
        question.parameters();
        checkMethod(question, "GET");
        yield feed.open(guard.isAuthorized(question));
      }
      case "processes/1" ->
          Answer.json(200, rows.page(question.parameters(ProcessRows.PARAMETERS)));
      case "processes/2" ->
          Answer.json(200, one.told(pid(words.get(1)), question.parameters("state", "memory")));
      case "tree/1" ->
          Answer.json(200, tree.page(question.parameters("parent", "q", "offset", "limit")));
      case "crashes/1" -> {
        int limit = question.parameters("limit").number("limit", 50, 1, Happenings.CRASHES);
        yield Answer.json(200, Json.object("crashes", happenings.crashes(limit)));
      }
      case "panels/2" ->
          Answer.json(200, panels.page(words.get(1), question.parameters(Panels.PARAMETERS)));
      default -> throw new Refusal(404, "no such question: " + question.path());
    };
  }

  /** The living process of this number. */
  static Pid pid(String number) {
    long id;
    try {
      id = Long.parseLong(number);
    } catch (NumberFormatException e) {
      throw Refusal.bad("expected the number of a process, and found '" + number + "'");
    }
    return Inspection.find(id)
        .orElseThrow(() -> new Refusal(404, "there is no process <0." + id + ">, or no longer"));
  }

  /** Exchanges the token for a cookie, which the page's requests carry from then on. */
  private Answer session(Question question) throws IOException {
    if (!(question.body().get("token") instanceof String given)) {
      throw Refusal.bad("expected {\"token\": \"...\"}, and found no token");
    }
    if (!guard.isToken(given)) {
      throw new Refusal(401, "this is not the token");
    }
    String cookie = Guard.COOKIE + "=" + given + "; Path=/; HttpOnly; SameSite=Strict";
    return new Answer.Whole(
        200,
        "application/json",
        "{\"authorized\":true}".getBytes(StandardCharsets.UTF_8),
        Map.of("Set-Cookie", cookie));
  }

  /** A process, by number and label. */
  static Map<String, Object> named(Pid pid, Labels labels) {
    return Json.object("pid", pid.id(), "label", labels.of(pid));
  }

  /** The first of these processes, by number and label. */
  static List<Object> named(List<Pid> pids, int most, Labels labels) {
    var named = new ArrayList<Object>();
    for (Pid each : pids.subList(0, Math.min(most, pids.size()))) {
      named.add(named(each, labels));
    }
    return named;
  }

  @Override
  public void close() {
    feed.close();
    sampler.close();
    happenings.close();
  }
}
