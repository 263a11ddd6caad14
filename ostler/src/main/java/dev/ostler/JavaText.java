package dev.ostler;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Users' values as expressions of Java, which make an equal value: numbers, strings, enums, times,
 * records, and the JDK's optionals and collections of such. Any other value is {@code null}, with
 * its text in a comment.
 *
 * <p>It runs users' code. {@link Scribe} runs it for a limited time.
 */
final class JavaText {
  private static final int MAX = 500;
  private static final int DEEPEST = 8;

  private JavaText() {}

  /** The expression. If it were longer than {@value #MAX} characters, the value is in a comment. */
  static String of(@Nullable Object value) {
    var out = new StringBuilder();
    try {
      boolean whole = print(value, out, 0);
      return whole && out.length() <= MAX ? out.toString() : placeholder(value);
    } catch (Throwable thrown) {
      return placeholder(value);
    }
  }

  /** A comment in which no text of a user's ends the comment. */
  static String comment(String text) {
    return "/* "
        + text.replace("*/", "* /").replace("\\", "\\\\").replace('\n', ' ').replace('\r', ' ')
        + " */";
  }

  private static String placeholder(@Nullable Object value) {
    return comment(Text.bounded(value)) + " null";
  }

  /** Whether the value has an expression. If not, what was printed is of no use. */
  private static boolean print(@Nullable Object value, StringBuilder out, int depth)
      throws Throwable {
    if (depth > DEEPEST || out.length() > MAX) {
      return false;
    }
    switch (value) {
      case null -> out.append("null");
      case String text -> quoted(text, '"', out);
      case Character one -> quoted(one.toString(), '\'', out);
      case Boolean bool -> out.append(bool);
      case Integer number -> out.append(number);
      case Long number -> out.append(number).append('L');
      case Short number -> out.append("(short) ").append(number);
      case Byte number -> out.append("(byte) ").append(number);
      case Double number when Double.isFinite(number) -> out.append(number);
      case Float number when Float.isFinite(number) -> out.append(number).append('f');
      case Duration time -> parsed(time, out);
      case Instant time -> parsed(time, out);
      case Enum<?> constant -> {
        String type = constant.getDeclaringClass().getCanonicalName();
        out.append(type).append('.').append(constant.name());
        return type != null;
      }
      case Optional<?> optional when optional.isEmpty() -> out.append("java.util.Optional.empty()");
      case Optional<?> optional -> {
        return call("java.util.Optional.of", List.of(optional.get()), out, depth);
      }
      case List<?> list when isOfJdk(list) -> {
        return call("java.util.List.of", list, out, depth);
      }
      case Set<?> set when isOfJdk(set) -> {
        return call("java.util.Set.of", set, out, depth);
      }
      case Map<?, ?> map when isOfJdk(map) -> {
        return entries(map, out, depth);
      }
      case Record record -> {
        return record(record, out, depth);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfJdk(Object value) {
    return value.getClass().getModule() == Object.class.getModule();
  }

  private static void parsed(Object time, StringBuilder out) {
    out.append(time.getClass().getName()).append(".parse(\"").append(time).append("\")");
  }

  private static void quoted(String text, char quote, StringBuilder out) {
    out.append(quote);
    for (int i = 0; i < text.length() && out.length() <= MAX; i++) {
      char each = text.charAt(i);
      switch (each) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (each == quote) {
            out.append('\\').append(quote);
          } else if (each < ' ' || each > '~') {
            out.append("\\u").append("%04x".formatted((int) each));
          } else {
            out.append(each);
          }
        }
      }
    }
    out.append(quote);
  }

  private static boolean call(String name, Collection<?> all, StringBuilder out, int depth)
      throws Throwable {
    out.append(name).append('(');
    String separator = "";
    for (Object each : all) {
      out.append(separator);
      if (each == null || !print(each, out, depth + 1)) {
        return false;
      }
      separator = ", ";
    }
    out.append(')');
    return true;
  }

  private static boolean entries(Map<?, ?> map, StringBuilder out, int depth) throws Throwable {
    out.append("java.util.Map.ofEntries(");
    String separator = "";
    for (Map.Entry<?, ?> each : map.entrySet()) {
      out.append(separator);
      if (each.getKey() == null
          || each.getValue() == null
          || !call(
              "java.util.Map.entry", List.of(each.getKey(), each.getValue()), out, depth + 1)) {
        return false;
      }
      separator = ", ";
    }
    out.append(')');
    return true;
  }

  private static boolean record(Record record, StringBuilder out, int depth) throws Throwable {
    RecordShape shape = RecordShape.of(record.getClass());
    String type = record.getClass().getCanonicalName();
    if (shape == null || type == null) {
      return false;
    }
    out.append("new ").append(type).append('(');
    for (int i = 0; i < shape.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      if (!print(shape.value(i, record), out, depth + 1)) {
        return false;
      }
    }
    out.append(')');
    return true;
  }
}
