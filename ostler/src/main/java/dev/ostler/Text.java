package dev.ostler;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Converts users' values to text for reports and messages: short, whatever their size, and safely,
 * whatever their {@code toString} does.
 *
 * <p>Any thread may use it. The text is cut after {@value #MAX} characters unless its user wants
 * more, and bounded while it is made: collections, maps, arrays of objects, optionals and records
 * are printed element by element until there are enough characters. All other classes have their
 * {@code toString} called, on a thread of {@link Scribe}, for a limited time. That is also what
 * happens to
 *
 * <ul>
 *   <li>collections that are not the JDK's own: their {@code toString} may hide something,
 *   <li>records with a {@code toString} of their own, for the same reason,
 *   <li>records in a package of a named module that is not open to this one.
 * </ul>
 *
 * <p>Arrays of primitives are shown by their length only: a {@code char[]} may be a password.
 */
final class Text {
  private static final int MAX = 200;
  private static final int DEEPEST = 8;
  private static final int LARGEST_NUMBER_BITS = 4_096;
  private static final String NONE = "a value that cannot be shown";

  private Text() {}

  /** The value's text, cut after 200 characters; what went wrong if it has none. Never throws. */
  static String bounded(@Nullable Object value) {
    try {
      if (isPlain(value)) {
        return new Printer(MAX).top(value);
      }
      String text = Scribe.ask(() -> new Printer(MAX).top(value));
      return text == null ? "a " + nameOf(value) + " whose toString took too long" : text;
    } catch (Throwable e) {
      return NONE;
    }
  }

  /**
   * The value's text, cut after so many characters. For threads of {@link Scribe}: it takes as long
   * as the value's {@code toString}.
   */
  static Inspection.Shown shown(@Nullable Object value, int most) {
    return new Printer(most).shown(value);
  }

  /** The name of a message's type. Processes other than its sender are told nothing else of it. */
  static String kind(@Nullable Object message) {
    return message == null ? "null" : nameOf(message);
  }

  private static String nameOf(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getName();
  }

  /** Whether its text is made by the JDK's or by our own code alone, in no time. */
  private static boolean isPlain(@Nullable Object value) {
    return value == null
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Class<?>
        || value instanceof Pid
        || value instanceof ExitReason
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Double
        || (value instanceof Throwable && isOfJdk(value));
  }

  private static boolean isOfJdk(Object value) {
    return value.getClass().getModule() == Object.class.getModule();
  }

  /** Prints until it is full. Used once, by one thread. */
  private static final class Printer {
    private final StringBuilder out = new StringBuilder();
    private final int most;
    private int cutFrom; // the length of the one text that was cut, if it was all there was

    Printer(int most) {
      this.most = most;
    }

    String top(@Nullable Object value) {
      print(value, 0);
      return isFull() ? out.substring(0, most) + "..." + length() : out.toString();
    }

    Inspection.Shown shown(@Nullable Object value) {
      print(value, 0);
      return new Inspection.Shown(isFull() ? out.substring(0, most) : out.toString(), isFull());
    }

    private String length() {
      return cutFrom > 0 ? " (" + cutFrom + ")" : "";
    }

    private boolean isFull() {
      return out.length() > most;
    }

    private void text(String text) {
      if (out.isEmpty() && text.length() > most) {
        cutFrom = text.length();
      }
      out.append(text, 0, Math.min(text.length(), most + 1 - Math.min(out.length(), most)));
    }

    private void print(@Nullable Object value, int depth) {
      int before = out.length();
      try {
        printUnsafely(value, depth);
      } catch (Throwable thrown) {
        out.setLength(Math.min(out.length(), before));
        text("a " + nameOf(value) + " whose toString threw " + thrown.getClass().getName());
      }
    }

    private void printUnsafely(@Nullable Object value, int depth) throws Throwable {
      switch (value) {
        case null -> text("null");
        case String string -> text(string);
        case Class<?> type -> text(type.getName());
        case ExitReason reason -> text(reason.toString());
        case BigInteger large when large.bitLength() > LARGEST_NUMBER_BITS ->
            text("a number of " + large.bitLength() + " bits");
        case StringBuilder builder ->
            text(builder.substring(0, Math.min(builder.length(), most + 1)));
        case Optional<?> optional when optional.isPresent() -> {
          text("Optional[");
          nested(optional.get(), depth);
          text("]");
        }
        case AtomicReference<?> reference when isOfJdk(reference) -> nested(reference.get(), depth);
        case Map.Entry<?, ?> entry when isOfJdk(entry) -> entry(entry, depth);
        case Collection<?> all when isOfJdk(all) -> {
          text("[");
          String separator = "";
          for (Object each : all) {
            text(separator);
            if (isFull()) {
              return;
            }
            nested(each, depth);
            separator = ", ";
          }
          text("]");
        }
        case Map<?, ?> map when isOfJdk(map) -> {
          text("{");
          String separator = "";
          for (Map.Entry<?, ?> each : map.entrySet()) {
            text(separator);
            if (isFull()) {
              return;
            }
            entry(each, depth);
            separator = ", ";
          }
          text("}");
        }
        case Object[] array -> {
          text("[");
          for (int i = 0; i < array.length && !isFull(); i++) {
            text(i == 0 ? "" : ", ");
            nested(array[i], depth);
          }
          text("]");
        }
        case boolean[] array -> primitives("boolean", array.length);
        case byte[] array -> primitives("byte", array.length);
        case char[] array -> primitives("char", array.length);
        case double[] array -> primitives("double", array.length);
        case float[] array -> primitives("float", array.length);
        case int[] array -> primitives("int", array.length);
        case long[] array -> primitives("long", array.length);
        case short[] array -> primitives("short", array.length);
        case Record record -> record(record, depth);
        default -> text("" + value); // a toString may return null
      }
    }

    private void nested(@Nullable Object value, int depth) {
      if (depth >= DEEPEST) {
        text("...");
      } else if (!isFull()) {
        print(value, depth + 1);
      }
    }

    private void entry(Map.Entry<?, ?> entry, int depth) {
      nested(entry.getKey(), depth);
      text("=");
      nested(entry.getValue(), depth);
    }

    private void primitives(String type, int length) {
      text(type + "[" + length + "]");
    }

    private void record(Record record, int depth) throws Throwable {
      RecordShape shape = RecordShape.of(record.getClass());
      if (shape == null) {
        text("" + record);
        return;
      }
      text(record.getClass().getSimpleName() + "[");
      for (int i = 0; i < shape.size() && !isFull(); i++) {
        text((i == 0 ? "" : ", ") + shape.name(i) + "=");
        nested(shape.value(i, record), depth);
      }
      text("]");
    }
  }

  /** The first frames of a stack, a line each. */
  static String stack(StackTraceElement[] frames, int most) {
    var text = new StringBuilder();
    for (int i = 0; i < Math.min(frames.length, most); i++) {
      text.append("\n    at ").append(frames[i]);
    }
    if (frames.length > most) {
      text.append("\n    ... ").append(frames.length - most).append(" more");
    }
    return text.toString();
  }
}
