package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Writes a command as COMMAND and COMMAND INFO describe it. Pure functions; any thread may use
 * them.
 */
final class CommandDescription {
  private CommandDescription() {}

  static void write(Collection<CommandSpec> specs, RespWriter out) {
    out.array(specs.size());
    specs.forEach(spec -> write(spec, out));
  }

  static void write(CommandSpec spec, RespWriter out) {
    out.array(10);
    out.bulk(spec.fullName());
    out.number(spec.arity());
    List<String> flags = words(spec);
    out.set(flags.size());
    flags.forEach(out::simple);
    out.number(spec.firstKey());
    out.number(spec.lastKey());
    out.number(spec.keyStep());
    out.set(spec.categories().size());
    spec.categories().forEach(category -> out.simple("@" + category));
    List<String> hints = CommandHints.of(spec);
    out.set(hints.size());
    hints.forEach(out::bulk);
    writeKeys(spec, out);
    if (spec.subcommands().isEmpty()) {
      out.set(0); // Redis writes a set if it is empty, otherwise an array
    } else {
      write(spec.subcommands().values(), out);
    }
  }

  private static List<String> words(CommandSpec spec) {
    var words = new ArrayList<String>();
    for (Flag flag : spec.flags()) {
      String word = flag.word();
      if (word != null) {
        words.add(word);
      }
    }
    return words;
  }

  // --- Where its keys are

  /** Describes keys with different uses separately. */
  private static void writeKeys(CommandSpec spec, RespWriter out) {
    int first = spec.firstKey();
    if (spec.keyCountAt() != 0) {
      out.set(1);
      writeCountedKeys(spec, out);
    } else if (first == 0) {
      out.set(0);
    } else if (spec.useOfKey(0) != spec.useOfKey(1)) {
      out.set(2);
      writeKeys(spec, 0, first, 0, out);
      writeKeys(spec, 1, first + 1, Math.min(spec.lastKey(), 0), out);
    } else {
      out.set(1);
      int last = spec.lastKey() < 0 ? spec.lastKey() : spec.lastKey() - first;
      writeKeys(spec, 0, first, last, out);
    }
  }

  private static void writeKeys(CommandSpec spec, int place, int first, int last, RespWriter out) {
    writeUse(spec, place, out);
    out.bulk("begin_search");
    type("index", out);
    out.map(1);
    number("index", first, out);
    out.bulk("find_keys");
    type("range", out);
    out.map(3);
    number("lastkey", last, out);
    number("keystep", spec.keyStep(), out);
    number("limit", 0, out);
  }

  private static void writeUse(CommandSpec spec, int place, RespWriter out) {
    String note = spec.note();
    out.map(note == null ? 3 : 4);
    if (note != null) {
      out.bulk("notes");
      out.bulk(note);
    }
    out.bulk("flags");
    var flags = new ArrayList<>(spec.useOfKey(place).words());
    if (spec.usesKeysByArguments()) {
      flags.add("variable_flags");
    }
    out.set(flags.size());
    flags.forEach(out::simple);
  }

  private static void writeCountedKeys(CommandSpec spec, RespWriter out) {
    writeUse(spec, 0, out);
    out.bulk("begin_search");
    type("index", out);
    out.map(1);
    number("index", spec.keyCountAt(), out);
    out.bulk("find_keys");
    type("keynum", out);
    out.map(3);
    number("keynumidx", 0, out);
    number("firstkey", 1, out);
    number("keystep", 1, out);
  }

  private static void type(String name, RespWriter out) {
    out.map(2);
    out.bulk("type");
    out.bulk(name);
    out.bulk("spec");
  }

  private static void number(String name, int value, RespWriter out) {
    out.bulk(name);
    out.number(value);
  }
}
