package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * Foreign values as text for messages: bounded in length, and safe whatever their toString does.
 */
final class Text {
  private static final int MAX = 200;

  private Text() {}

  /** The value's text, cut after 200 characters; what went wrong if it has none. */
  static String bounded(@Nullable Object value) {
    String text;
    try {
      text = value == null ? "null" : "" + value; // a toString may return null
    } catch (Throwable e) {
      return "a " + nameOf(value) + " whose toString threw " + e.getClass().getName();
    }
    return text.length() <= MAX ? text : text.substring(0, MAX) + "... (" + text.length() + ")";
  }

  private static String nameOf(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getName();
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
