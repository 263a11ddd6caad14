package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.Numbers;
import org.jspecify.annotations.Nullable;

/** {@code string.format}: C's {@code printf} for the values of Lua. */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class StringFormat {
  private static final String FLAGS = "-+ #0";
  private static final int NONE = -1;

  private final String format;
  private int at; // behind the %
  private String flags = "";
  private int width;
  private int precision = NONE;

  private StringFormat(String format, int at) {
    this.format = format;
    this.at = at;
  }

  static @Nullable Object[] format(Lua lua, Arguments args) {
    String format = args.text(1);
    var result = new Text(lua);
    int argument = 1;
    for (int i = 0; i < format.length(); ) {
      char c = format.charAt(i++);
      if (c != '%') {
        result.add(c);
      } else if (i < format.length() && format.charAt(i) == '%') {
        result.add('%');
        i++;
      } else {
        var item = new StringFormat(format, i);
        item.read(lua);
        argument++;
        String text = item.text(lua, args, argument);
        lua.meter().work(1 + (text.length() >> 3));
        result.add(text);
        i = item.at;
      }
    }
    return BaseLibrary.one(result.toString());
  }

  private char current() {
    return at < format.length() ? format.charAt(at) : 0;
  }

  private void read(Lua lua) {
    int start = at;
    while (current() != 0 && FLAGS.indexOf(current()) >= 0) {
      at++;
    }
    flags = format.substring(start, at);
    if (flags.length() > FLAGS.length()) {
      throw lua.error("invalid format (repeated flags)");
    }
    width = number(lua);
    if (current() == '.') {
      at++;
      precision = number(lua);
    }
  }

  private int number(Lua lua) {
    int value = 0;
    int digits = 0;
    while (current() >= '0' && current() <= '9') {
      if (++digits > 2) {
        throw lua.error("invalid format (width or precision too long)");
      }
      value = value * 10 + (current() - '0');
      at++;
    }
    return value;
  }

  private String text(Lua lua, Arguments args, int place) {
    char kind = current();
    at++;
    return switch (kind) {
      case 'c' -> padded(String.valueOf((char) (args.integer(place) & 255)));
      case 'd', 'i' -> signed((long) args.number(place));
      case 'u' -> unsigned(Long.toUnsignedString(whole(args, place)), "");
      case 'o' -> unsigned(Long.toOctalString(whole(args, place)), flags.contains("#") ? "0" : "");
      case 'x' -> unsigned(Long.toHexString(whole(args, place)), flags.contains("#") ? "0x" : "");
      case 'X' ->
          upper(unsigned(Long.toHexString(whole(args, place)), flags.contains("#") ? "0x" : ""));
      case 'e' -> real(args.number(place), 'e');
      case 'E' -> upper(real(args.number(place), 'e'));
      case 'f' -> real(args.number(place), 'f');
      case 'g' -> real(args.number(place), 'g');
      case 'G' -> upper(real(args.number(place), 'g'));
      case 'q' -> quoted(args.text(place));
      case 's' -> {
        String text = args.text(place);
        yield padded(
            precision >= 0 && precision < text.length() ? text.substring(0, precision) : text);
      }
      default -> {
        String shown = kind == 0 ? "" : String.valueOf(kind);
        throw lua.error("invalid option '%" + shown + "' to 'format'");
      }
    };
  }

  private static String upper(String text) {
    var result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      result.append(c >= 'a' && c <= 'z' ? (char) (c - 32) : c);
    }
    return result.toString();
  }

  private static long whole(Arguments args, int place) {
    double value = args.number(place);
    return value >= 0x1p63 ? (long) (value - 0x1p63) + Long.MIN_VALUE : (long) value;
  }

  private String signed(long value) {
    String digits = Long.toUnsignedString(Math.abs(value));
    return numeric(value < 0 ? "-" : plus(), withDigits(digits), precision < 0);
  }

  private String plus() {
    return flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
  }

  private String unsigned(String digits, String prefix) {
    return numeric("0".equals(digits) ? "" : prefix, withDigits(digits), precision < 0);
  }

  private String withDigits(String digits) {
    if (precision == 0 && "0".equals(digits)) {
      return "";
    }
    return "0".repeat(Math.max(0, precision - digits.length())) + digits;
  }

  private String real(double value, char kind) {
    int digits = precision < 0 ? 6 : precision;
    String text = Numbers.printed(Math.abs(value), kind, digits, flags.contains("#"));
    boolean negative = value < 0 || value == 0 && 1 / value < 0;
    if (Double.isNaN(value)) {
      text = "nan";
      negative = Double.doubleToRawLongBits(value) < 0;
    }
    boolean finite = Double.isFinite(value);
    return numeric(negative ? "-" : plus(), text, finite);
  }

  private String numeric(String sign, String digits, boolean mayFill) {
    int missing = width - sign.length() - digits.length();
    if (missing > 0 && mayFill && flags.contains("0") && !flags.contains("-")) {
      return sign + "0".repeat(missing) + digits;
    }
    return padded(sign + digits);
  }

  private String padded(String text) {
    int missing = width - text.length();
    if (missing <= 0) {
      return text;
    }
    return flags.contains("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text;
  }

  private static String quoted(String text) {
    var result = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\', '\n' -> result.append('\\').append(c);
        case '\r' -> result.append("\\r");
        case 0 -> result.append("\\000");
        default -> result.append(c);
      }
    }
    return result.append('"').toString();
  }
}
