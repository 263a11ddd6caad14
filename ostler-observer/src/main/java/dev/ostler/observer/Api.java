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
  private final Panels panels;

  Api(Guard guard, String name, List<Panel> panels) {
    this.guard = guard;
    this.panels = new Panels(panels);
    this.overview = new Overview(sampler, happenings, name, guard.actions(), this.panels.names());
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
    if (!path.startsWith(PREFIX)) {
      throw new Refusal(404, "there is version 1 of the interface, under " + PREFIX);
    }
    List<String> words = List.of(path.substring(PREFIX.length()).split("/", -1));
    if (path.equals(PREFIX + "session")) {
      checkMethod(question, "POST");
      return session(question);
    }
    boolean acts = words.size() == 3 && words.getFirst().equals("processes");
    checkMethod(question, acts ? List.of("POST") : List.of("GET", "HEAD"));
    if (acts) {
      guard.checkActor(question);
    } else {
      guard.checkReader(question);
    }
    try {
      return told(question, words);
    } catch (CallException.Timeout e) {
      throw new Refusal(503, "the process did not answer in time: " + e.getMessage());
    } catch (CallException e) {
      throw new Refusal(404, String.valueOf(e.getMessage()));
    }
  }

  private static void checkMethod(Question question, List<String> allowed) {
    checkMethod(question, allowed.toArray(String[]::new));
  }

  private Answer told(Question question, List<String> words) throws IOException {
    return switch (words.getFirst() + "/" + words.size()) {
      case "overview/1" -> {
        question.parameters();
        yield Answer.json(200, overview.whole(guard.isAuthorized(question)));
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
        .orElseThrow(() -> new Refusal(404, "there is no process #" + id + ", or no longer"));
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
    sampler.close();
    happenings.close();
  }
}
