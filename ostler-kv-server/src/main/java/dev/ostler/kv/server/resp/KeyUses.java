package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.util.Set;

/** What each command does with its keys. Pure functions; any thread. */
public final class KeyUses {
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

  private KeyUses() {}

  /** Of the key of this place among the command's keys. */
  public static KeyUse of(CommandSpec spec, Args args, int place) {
    String name = spec.fullName();
    return switch (name) {
      case "set" -> answersOld(args) ? KeyUse.READS_AND_UPDATES : KeyUse.REPLACES;
      case "getdel", "hgetdel" -> KeyUse.READS_AND_DELETES;
      case "append", "hsetnx" -> KeyUse.INSERTS_PART;
      case "del", "unlink" -> KeyUse.DELETES;
      case "hdel" -> KeyUse.DELETES_PART;
      case "copy" -> place == 0 ? KeyUse.READS : KeyUse.REPLACES;
      case "rename" -> place == 0 ? KeyUse.READS_AND_DELETES : KeyUse.REPLACES;
      case "renamenx" -> place == 0 ? KeyUse.READS_AND_DELETES : KeyUse.INSERTS;
      default -> {
        if (LOOKING.contains(name)) {
          yield KeyUse.LOOKS;
        } else if (ANSWERING.contains(name)) {
          yield KeyUse.READS_AND_UPDATES;
        } else if (REPLACING.contains(name)) {
          yield KeyUse.REPLACES;
        } else if (INSERTING.contains(name)) {
          yield KeyUse.INSERTS;
        }
        yield spec.has(Flag.WRITE) ? KeyUse.UPDATES : KeyUse.READS;
      }
    };
  }

  /** Of the key of this place, whatever the command's other words. */
  public static KeyUse ofAny(CommandSpec spec, int place) {
    return spec.name().equals("set")
        ? KeyUse.READS_AND_UPDATES
        : of(spec, Args.of(spec.name()), place);
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
