package dev.ostler.kv;

import dev.ostler.kv.CommandSpec.Flag;
import java.util.List;
import java.util.Set;

/** What a command does with one of its keys, as Redis sees it. Immutable; any thread. */
enum KeyUse {
  LOOKS(false, false, "RO"),
  READS(true, false, "RO", "access"),
  REPLACES(false, true, "OW", "update"),
  INSERTS(false, true, "OW", "insert"),
  INSERTS_PART(false, true, "RW", "insert"),
  UPDATES(false, true, "RW", "update"),
  READS_AND_UPDATES(true, true, "RW", "access", "update"),
  READS_AND_DELETES(true, true, "RW", "access", "delete"),
  DELETES_PART(false, true, "RW", "delete"),
  DELETES(false, true, "RM", "delete");

  private static final Set<String> LOOKING =
      Set.of(
          "exists",
          "type",
          "strlen",
          "hlen",
          "hexists",
          "hstrlen",
          "touch",
          "object|encoding",
          "object|refcount",
          "object|idletime",
          "object|freq",
          "memory|usage",
          "watch");

  private static final Set<String> ANSWERING =
      Set.of(
          "getset",
          "getex",
          "incr",
          "incrby",
          "incrbyfloat",
          "decr",
          "decrby",
          "hincrby",
          "hincrbyfloat",
          "hgetex",
          "setbit",
          "move",
          "kv.cas");

  private static final Set<String> REPLACING = Set.of("mset", "setex", "psetex", "restore");

  private static final Set<String> INSERTING = Set.of("msetnx", "setnx");

  private final boolean reads;
  private final boolean writes;
  private final String words; // with blanks between them

  KeyUse(boolean reads, boolean writes, String... words) {
    this.reads = reads;
    this.writes = writes;
    this.words = String.join(" ", words);
  }

  /** Whether what is there is told. */
  boolean reads() {
    return reads;
  }

  /** Whether what is there may be another afterwards. */
  boolean writes() {
    return writes;
  }

  /** Redis's words for it. */
  List<String> words() {
    return List.of(words.split(" ", -1));
  }

  /** Of the key of this place among the command's keys. */
  static KeyUse of(CommandSpec spec, Args args, int place) {
    String name = spec.fullName();
    return switch (name) {
      case "set" -> answersOld(args) ? READS_AND_UPDATES : REPLACES;
      case "getdel", "hgetdel" -> READS_AND_DELETES;
      case "append", "hsetnx" -> INSERTS_PART;
      case "del", "unlink" -> DELETES;
      case "hdel" -> DELETES_PART;
      case "copy" -> place == 0 ? READS : REPLACES;
      case "rename" -> place == 0 ? READS_AND_DELETES : REPLACES;
      case "renamenx" -> place == 0 ? READS_AND_DELETES : INSERTS;
      default -> {
        if (LOOKING.contains(name)) {
          yield LOOKS;
        } else if (ANSWERING.contains(name)) {
          yield READS_AND_UPDATES;
        } else if (REPLACING.contains(name)) {
          yield REPLACES;
        } else if (INSERTING.contains(name)) {
          yield INSERTS;
        }
        yield spec.has(Flag.WRITE) ? UPDATES : READS;
      }
    };
  }

  /** Of the key of this place, whatever the command's other words. */
  static KeyUse ofAny(CommandSpec spec, int place) {
    return spec.name().equals("set") ? READS_AND_UPDATES : of(spec, Args.of(spec.name()), place);
  }

  private static boolean answersOld(Args args) {
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "get")) {
        return true;
      }
    }
    return false;
  }
}
