package dev.ostler.kv.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A file with options of {@code kv serve}: {@code name = value} on each line, in the format of
 * {@link Properties}, with the names of the long options. The command line takes precedence.
 *
 * <p>Used by the main thread.
 */
final class ConfigFile implements IDefaultValueProvider {
  private static final String OPTION = "--config";

  /** Options that need no value, as on the command line. */
  private static final Set<String> SWITCHES = Set.of("memory", "repair", "insecure-bind");

  private final Properties values;

  private ConfigFile(Properties values) {
    this.values = values;
  }

  /** The file cannot be used; the message says why. */
  static final class Unusable extends Exception {
    Unusable(String message) {
      super(message);
    }
  }

  /** The file that the arguments name; an empty one if they name none. */
  static ConfigFile named(String... arguments) throws Unusable {
    var values = new Properties();
    String file = find(arguments);
    if (file != null) {
      try (var reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
        values.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new Unusable(
            OPTION + " expects a file with options, and cannot read " + file + ": " + e);
      }
      check(file, values);
    }
    return new ConfigFile(values);
  }

  private static @Nullable String find(String... arguments) {
    String file = null;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(OPTION + "=")) {
        file = arguments[i].substring(OPTION.length() + 1);
      } else if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
        file = arguments[i + 1];
      }
    }
    return file;
  }

  private static void check(String file, Properties values) throws Unusable {
    for (String name : new TreeSet<>(values.stringPropertyNames())) {
      if (!ServeCommand.OPTIONS.contains(name)) {
        throw new Unusable(
            file + ": expected one of " + ServeCommand.OPTIONS + ", and found " + name);
      }
      if (values.getProperty(name).isBlank() && !SWITCHES.contains(name)) {
        throw new Unusable(file + ": " + name + " expects a value, and has none");
      }
    }
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    String value = values.getProperty(option.longestName().substring(2));
    return value != null && value.isBlank() ? "true" : value; // a switch without a value is on
  }
}
