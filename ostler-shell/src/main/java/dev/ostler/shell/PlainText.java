package dev.ostler.shell;

import java.util.regex.Pattern;

/**
 * Texts without the names that JShell and the JVM give to what was typed. Any thread may use it.
 */
final class PlainText {
  private static final Pattern LAMBDA =
      Pattern.compile("[\\w.$]+\\$\\$Lambda(/0x[0-9a-f]+)?@[0-9a-f]+");
  private static final Pattern WRAPPER = Pattern.compile("REPL\\.\\$JShell\\$\\w+\\$");

  private PlainText() {}

  static String of(String text) {
    return WRAPPER.matcher(LAMBDA.matcher(text).replaceAll("lambda")).replaceAll("");
  }
}
