package dev.ostler.kv.server.top;

import java.util.Locale;
import org.jline.utils.WCWidth;

/** Texts that fit into columns of a terminal. */
final class Text {
  private Text() {}

  /**
   * Without characters that a terminal might obey: what a program tells of itself is not to be
   * trusted.
   */
  static String clean(String text) {
    var clean = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              boolean isShown = WCWidth.wcwidth(c) > 0 && Character.getType(c) != Character.FORMAT;
              clean.appendCodePoint(isShown ? c : c == '\n' || c == '\t' ? ' ' : '·');
            });
    return clean.toString();
  }

  static int width(String clean) {
    return clean.codePoints().map(WCWidth::wcwidth).sum();
  }

  /** As wide as this, at the left; a longer text is cut, and ends with an ellipsis. */
  static String left(String clean, int width) {
    String cut = cut(clean, width);
    return cut + " ".repeat(Math.max(0, width - width(cut)));
  }

  /** As wide as this, at the right. */
  static String right(String clean, int width) {
    String cut = cut(clean, width);
    return " ".repeat(Math.max(0, width - width(cut))) + cut;
  }

  static String cut(String clean, int width) {
    if (width(clean) <= width) {
      return clean;
    }
    var cut = new StringBuilder();
    int used = 1;
    for (int i = 0; i < clean.length(); i += Character.charCount(clean.codePointAt(i))) {
      int c = clean.codePointAt(i);
      used += WCWidth.wcwidth(c);
      if (used > width) {
        break;
      }
      cut.appendCodePoint(c);
    }
    return width < 1 ? "" : cut + "…";
  }

  /** The process of this number, as logs and crash reports write it. */
  static String numbered(long pid) {
    return "<0." + pid + ">";
  }

  static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String bytes(double bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    for (; value >= 1000 && unit < units.length - 1; unit++) {
      value /= 1000;
    }
    return String.format(
        Locale.ROOT, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  static String seconds(double seconds) {
    if (seconds < 0.0995) {
      return String.format(Locale.ROOT, seconds < 0.00995 ? "%.2f ms" : "%.0f ms", seconds * 1000);
    }
    if (seconds < 100) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long minutes = (long) seconds / 60;
    return minutes < 120
        ? minutes + " min"
        : minutes < 48 * 60 ? minutes / 60 + " h" : minutes / 60 / 24 + " days";
  }
}
