package dev.ostler.observer;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One request, with its parameters checked. For the thread that answers it. */
final class Question {
  private static final int LONGEST_QUERY = 4096;
  private static final int LONGEST_BODY = 64 * 1024;

  private final HttpExchange exchange;

  Question(HttpExchange exchange) {
    this.exchange = exchange;
  }

  HttpExchange exchange() {
    return exchange;
  }

  String method() {
    return exchange.getRequestMethod();
  }

  String path() {
    return String.valueOf(exchange.getRequestURI().getPath());
  }

  boolean isFromLoopback() {
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress()
        && !exchange.getRequestHeaders().containsKey("X-Forwarded-For")
        && !exchange.getRequestHeaders().containsKey("Forwarded");
  }

  /** Who asks, for logs. */
  String from() {
    return exchange.getRemoteAddress().toString();
  }

  /** The one header of this name; empty if there is none. */
  Optional<String> header(String name) {
    List<String> all = exchange.getRequestHeaders().getOrDefault(name, List.of());
    if (all.size() > 1) {
      throw Refusal.bad("expected one header " + name + ", and found " + all.size());
    }
    return all.stream().findFirst();
  }

  /** What was sent along, as JSON; an empty object if nothing was. */
  Map<?, ?> body() throws IOException {
    byte[] sent = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
    if (sent.length > LONGEST_BODY) {
      throw new Refusal(413, "expected at most " + LONGEST_BODY + " bytes, and found more");
    }
    if (sent.length == 0) {
      return Map.of();
    }
    if (Json.parse(sent) instanceof Map<?, ?> object) {
      return object;
    }
    throw Refusal.bad("expected an object of JSON, and found another value");
  }

  /** The numbers that were sent along as JSON, of which there are no others than these. */
  Parameters arguments(String... allowed) throws IOException {
    return Parameters.of(body(), Set.of(allowed));
  }

  /** Its parameters, of which there are no others than these. */
  Parameters parameters(String... allowed) {
    String query = exchange.getRequestURI().getRawQuery();
    var values = new HashMap<String, String>();
    if (query == null || query.isEmpty()) {
      return new Parameters(values);
    }
    if (query.length() > LONGEST_QUERY) {
      throw new Refusal(
          414,
          "expected a query of at most "
              + LONGEST_QUERY
              + " characters, and found "
              + query.length());
    }
    for (String each : query.split("&", -1)) {
      int at = each.indexOf('=');
      String name = decoded(at < 0 ? each : each.substring(0, at));
      if (!Set.of(allowed).contains(name)) {
        throw Refusal.bad(
            allowed.length == 0
                ? "expected no parameters, and found " + shown(name)
                : "expected the parameters "
                    + String.join(", ", allowed)
                    + ", and found "
                    + shown(name));
      }
      if (values.put(name, at < 0 ? "" : decoded(each.substring(at + 1))) != null) {
        throw Refusal.bad("expected the parameter " + name + " once, and found it again");
      }
    }
    return new Parameters(values);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusal.bad("expected a query with well-formed %xx, and found " + shown(text));
    }
  }

  private static String shown(String text) {
    return "'" + (text.length() > 100 ? text.substring(0, 100) + "…" : text) + "'";
  }

  /** The parameters of a request, or the arguments of a tool. An immutable value. */
  record Parameters(Map<String, String> values) {
    /** The parameters in an object of JSON, of which there are no others than these. */
    static Parameters of(Map<?, ?> object, Set<String> allowed) {
      var values = new HashMap<String, String>();
      object.forEach(
          (name, value) -> {
            if (!(name instanceof String known) || !allowed.contains(known)) {
              throw Refusal.bad(
                  "expected "
                      + String.join(", ", allowed.stream().sorted().toList())
                      + ", and found "
                      + shown(String.valueOf(name)));
            }
            if (value instanceof Map || value instanceof List) {
              throw Refusal.bad(known + ": expected a number, a text, true or false");
            }
            if (value != Json.Null.NULL) {
              values.put(known, String.valueOf(value));
            }
          });
      return new Parameters(values);
    }

    String text(String name, String otherwise) {
      return values.getOrDefault(name, otherwise);
    }

    /** With this value instead. */
    Parameters with(String name, String value) {
      var changed = new HashMap<>(values);
      changed.put(name, value);
      return new Parameters(changed);
    }

    boolean has(String name) {
      return values.containsKey(name);
    }

    boolean flag(String name) {
      String value = text(name, "false");
      if (!Set.of("true", "false").contains(value)) {
        throw Refusal.bad(name + ": expected true or false, and found " + shown(value));
      }
      return value.equals("true");
    }

    int number(String name, int otherwise, int least, int most) {
      return (int) number(name, (long) otherwise, least, most);
    }

    long number(String name, long otherwise, long least, long most) {
      String value = values.get(name);
      if (value == null) {
        return otherwise;
      }
      try {
        long number = Long.parseLong(value);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw Refusal.bad(
          name
              + ": expected a number from "
              + least
              + " to "
              + most
              + ", and found "
              + shown(value));
    }

    String oneOf(String name, String otherwise, Set<String> allowed) {
      String value = text(name, otherwise);
      if (!allowed.contains(value)) {
        throw Refusal.bad(
            name
                + ": expected one of "
                + String.join(", ", allowed.stream().sorted().toList())
                + ", and found "
                + shown(value));
      }
      return value;
    }
  }
}
