package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.GuardedCommand;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** All RESP commands by name. Immutable once made; any thread may use it. */
public final class CommandTable implements GuardedCommand.Table {
  private final Map<String, CommandSpec> byName = new LinkedHashMap<>();
  private final List<CommandSpec> all = new ArrayList<>();

  // A hash index of the commands whose names have at most eight letters; see Args.letters.
  private static final int SLOTS = 1024;
  private final long[] letters = new long[SLOTS];
  private final @Nullable CommandSpec[] byLetters = new CommandSpec[SLOTS];

  /** How many characters of an unknown name an error shows. */
  private static final int SHOWN = 128;

  /**
   * A table of the commands of these families.
   *
   * @param families each adds its own commands, in the order of COMMAND's reply
   */
  @SafeVarargs
  public static CommandTable of(Consumer<CommandTable>... families) {
    var table = new CommandTable();
    for (Consumer<CommandTable> family : families) {
      family.accept(table);
    }
    table.number();
    return table;
  }

  private CommandTable() {}

  /** Adds a command. The families call it while the table is made. */
  public CommandSpec add(CommandSpec spec) {
    if (byName.put(spec.name(), spec) != null) {
      throw new IllegalArgumentException("there is a command " + spec + " already");
    }
    return spec;
  }

  /**
   * The same commands, but some refuse.
   *
   * @param which of the commands and subcommands do
   * @param refusal makes their bodies
   */
  public CommandTable replacing(
      Predicate<CommandSpec> which, Function<CommandSpec, CommandSpec.OfClient> refusal) {
    UnaryOperator<CommandSpec> replace =
        spec -> which.test(spec) ? spec.refusing(refusal.apply(spec)) : spec.holding(List.of());
    var table = new CommandTable();
    for (CommandSpec spec : byName.values()) {
      CommandSpec replaced = replace.apply(spec);
      var _ =
          table.add(replaced.holding(spec.subcommands().values().stream().map(replace).toList()));
    }
    table.number();
    return table;
  }

  private void number() {
    for (CommandSpec spec : byName.values()) {
      spec.number(all.size());
      all.add(spec);
      for (CommandSpec sub : spec.subcommands().values()) {
        sub.number(all.size());
        all.add(sub);
      }
      spell(spec);
    }
  }

  private void spell(CommandSpec spec) {
    String name = spec.name();
    if (name.length() > Long.BYTES || !name.chars().allMatch(c -> c >= 'a' && c <= 'z')) {
      return;
    }
    long spelled = 0;
    for (int i = name.length() - 1; i >= 0; i--) {
      spelled = spelled << Byte.SIZE | name.charAt(i);
    }
    int slot = slot(spelled);
    while (letters[slot] != 0) {
      slot = slot + 1 & SLOTS - 1;
    }
    letters[slot] = spelled;
    byLetters[slot] = spec;
  }

  private static int slot(long spelled) {
    return (int) ((spelled * 0x9E3779B97F4A7C15L) >>> 54);
  }

  /** The command that the first argument names; null if there is none. */
  private @Nullable CommandSpec find(Args args) {
    long spelled = args.letters(0);
    if (spelled != 0) {
      for (int slot = slot(spelled); letters[slot] != 0; slot = slot + 1 & SLOTS - 1) {
        if (letters[slot] == spelled) {
          return byLetters[slot];
        }
      }
    }
    return find(args.get(0));
  }

  /** The command with this name, in any case; null if there is none. */
  public @Nullable CommandSpec find(String name) {
    CommandSpec spec = byName.get(name);
    return spec != null ? spec : byName.get(Bytes.lower(name));
  }

  @Override
  public @Nullable CommandSpec findFull(String name) {
    int bar = name.indexOf('|');
    CommandSpec spec = find(bar < 0 ? name : name.substring(0, bar));
    return spec == null || bar < 0
        ? spec
        : spec.subcommands().get(Bytes.lower(name.substring(bar + 1)));
  }

  /** The command, or the subcommand, that these arguments name; null if there is none. */
  @Nullable CommandSpec lookUp(Args args) {
    CommandSpec spec = find(args);
    return spec == null || spec.subcommands().isEmpty() || args.count() == 1
        ? spec
        : spec.subcommands().get(Bytes.lower(args.get(1)));
  }

  /**
   * The command, or the subcommand, that these arguments name.
   *
   * @throws CommandError if there is none, with Redis's text
   */
  CommandSpec require(Args args) {
    CommandSpec spec = find(args);
    if (spec == null) {
      throw unknown(args);
    }
    if (spec.subcommands().isEmpty() || args.count() == 1) {
      return spec;
    }
    CommandSpec sub = spec.subcommands().get(Bytes.lower(args.get(1)));
    if (sub == null) {
      throw new CommandError(
          "ERR unknown subcommand '%s'. Try %s HELP."
              .formatted(shown(args, 1, SHOWN), spec.name().toUpperCase(Locale.ROOT)));
    }
    return sub;
  }

  /**
   * The error for an unknown command. Words of HTTP end the connection: a web page can make a
   * browser send a request whose body has commands, and the server may trust the browser's machine.
   */
  private static CommandError unknown(Args args) {
    if (args.is(0, "post") || args.is(0, "host:")) {
      return CommandError.last(
          "ERR this is not a web server, and refuses commands in HTTP requests");
    }
    var words = new StringBuilder();
    for (int i = 1; i < args.count() && words.length() < SHOWN; i++) {
      String word = shown(args, i, SHOWN - words.length());
      words.append('\'').append(word).append("' ");
    }
    return new CommandError(
        "ERR unknown command '%s', with args beginning with: %s"
            .formatted(shown(args, 0, SHOWN), words));
  }

  /** The beginning of an argument, as Redis shows it: up to its first zero byte. */
  private static String shown(Args args, int index, int most) {
    String word = args.get(index);
    int end = word.indexOf(0);
    return word.substring(0, Math.min(most, end < 0 ? word.length() : end));
  }

  @Override
  public int size() {
    return all.size();
  }

  @Override
  public Collection<CommandSpec> guarded() {
    return all();
  }

  /** All commands and subcommands, by number. */
  public List<CommandSpec> all() {
    return Collections.unmodifiableList(all);
  }

  /** The supported commands. */
  public Collection<CommandSpec> commands() {
    return byName.values().stream().filter(spec -> !spec.has(CommandSpec.Flag.ABSENT)).toList();
  }
}
