package dev.ostler.observer;

import dev.ostler.CallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The observer's questions as tools for assistants: the Model Context Protocol over Streamable
 * HTTP, without sessions and without streams. Nothing can be changed through it. Any thread may
 * ask.
 */
final class Mcp {
  /** The versions of the protocol that are spoken, the newest first. */
  private static final List<String> VERSIONS =
      List.of("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05");

  private static final int PARSE_ERROR = -32700;
  private static final int INVALID_REQUEST = -32600;
  private static final int METHOD_NOT_FOUND = -32601;
  private static final int INVALID_PARAMS = -32602;

  private final Map<String, Tool> tools = new LinkedHashMap<>();

  /** What a tool answers. */
  interface Answerer {
    Map<String, Object> answer(Question.Parameters asked) throws IOException, InterruptedException;
  }

  /** A question, and what it can be asked with: the names of numbers, flags and texts. */
  record Tool(String description, Map<String, String> arguments, Answerer answerer) {}

  /** An answer that is an error of the protocol. */
  private static final class Failure extends RuntimeException {
    private final int code;
    private final String why;

    Failure(int code, String why) {
      super(why, null, false, false);
      this.code = code;
      this.why = why;
    }
  }

  /**
   * Adds a tool.
   *
   * @param arguments pairs of a name and a type: number, boolean or string
   */
  void add(String name, String description, Answerer answerer, String... arguments) {
    var types = new LinkedHashMap<String, String>();
    for (int i = 0; i < arguments.length; i += 2) {
      types.put(arguments[i], arguments[i + 1]);
    }
    tools.put(name, new Tool(description, types, answerer));
  }

  /** Answers one message. */
  Answer answer(Question question) throws IOException {
    if (question.header("MCP-Protocol-Version").filter(it -> !VERSIONS.contains(it)).isPresent()) {
      throw Refusal.bad("expected the header MCP-Protocol-Version with one of " + VERSIONS);
    }
    Map<?, ?> message;
    try {
      message = question.body();
    } catch (Refusal refusal) {
      if (refusal.status != 400) {
        throw refusal;
      }
      return error(Json.Null.NULL, PARSE_ERROR, refusal.why(), 400);
    }
    Object id = message.get("id");
    if (!(message.get("method") instanceof String method)
        || !"2.0".equals(message.get("jsonrpc"))) {
      return error(
          id == null ? Json.Null.NULL : id,
          INVALID_REQUEST,
          "expected one request of JSON-RPC 2.0",
          400);
    }
    if (id == null) {
      return new Answer.Whole(202, "application/json", new byte[0], Map.of());
    }
    Map<?, ?> params = message.get("params") instanceof Map<?, ?> given ? given : Map.of();
    try {
      return Answer.json(
          200, Json.object("jsonrpc", "2.0", "id", id, "result", result(method, params)));
    } catch (Failure failure) {
      return error(id, failure.code, failure.why, 200);
    }
  }

  private static Answer error(Object id, int code, String why, int status) {
    return Answer.json(
        status,
        Json.object(
            "jsonrpc", "2.0", "id", id, "error", Json.object("code", code, "message", why)));
  }

  private Map<String, Object> result(String method, Map<?, ?> params) throws IOException {
    return switch (method) {
      case "initialize" -> initialized(params);
      case "ping" -> Map.of();
      case "tools/list" -> Json.object("tools", list());
      case "tools/call" -> call(params);
      default -> throw new Failure(METHOD_NOT_FOUND, "there is no method " + method);
    };
  }

  private static Map<String, Object> initialized(Map<?, ?> params) {
    String wanted = String.valueOf(params.get("protocolVersion"));
    return Json.object(
        "protocolVersion",
        VERSIONS.contains(wanted) ? wanted : VERSIONS.getFirst(),
        "capabilities",
        Json.object("tools", Json.object("listChanged", false)),
        "serverInfo",
        Json.object("name", "ostler-observer", "version", "1"),
        "instructions",
        "Shows the processes of a running program on Ostler, after those of Erlang/OTP. Begin with"
            + " overview; top_mailboxes and growth find what is overloaded or leaks.");
  }

  private List<Object> list() {
    var list = new ArrayList<Object>();
    tools.forEach(
        (name, tool) -> {
          var properties = new LinkedHashMap<String, Object>();
          tool.arguments.forEach(
              (argument, type) -> properties.put(argument, Json.object("type", type)));
          list.add(
              Json.object(
                  "name",
                  name,
                  "description",
                  tool.description,
                  "inputSchema",
                  Json.object(
                      "type", "object", "properties", properties, "additionalProperties", false),
                  "annotations",
                  Json.object("readOnlyHint", true)));
        });
    return list;
  }

  /** What a tool answers; what is wrong with the arguments is its answer, too. */
  private Map<String, Object> call(Map<?, ?> params) throws IOException {
    Tool tool = tools.get(String.valueOf(params.get("name")));
    if (tool == null) {
      throw new Failure(INVALID_PARAMS, "there are the tools " + tools.keySet());
    }
    Map<?, ?> arguments = params.get("arguments") instanceof Map<?, ?> given ? given : Map.of();
    try {
      Set<String> allowed = tool.arguments.keySet();
      return told(tool.answerer.answer(Question.Parameters.of(arguments, allowed)), false);
    } catch (Refusal refusal) {
      return told(Json.object("error", refusal.why()), true);
    } catch (CallException e) {
      return told(Json.object("error", String.valueOf(e.getMessage())), true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return told(Json.object("error", "the observer is closing"), true);
    }
  }

  private static Map<String, Object> told(Map<String, Object> answer, boolean isError) {
    String text = new String(Json.bytes(answer), StandardCharsets.UTF_8);
    return Json.object(
        "content",
        List.of(Json.object("type", "text", "text", text)),
        "structuredContent",
        answer,
        "isError",
        isError);
  }
}
