package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptHost.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table {@code redis} of scripts. Used by the thread that runs the script. */
final class RedisLibrary {
  private static final int CALL_WORK = 20; // as much as so many instructions

  /** By Redis's numbers. */
  private static final List<Level> LEVELS =
      List.of(Level.DEBUG, Level.VERBOSE, Level.NOTICE, Level.WARNING);

  private final Machine machine;

  RedisLibrary(Machine machine) {
    this.machine = machine;
  }

  /** The table of scripts and functions. */
  LuaTable ofScripts(Lua lua) {
    LuaTable redis = lua.table();
    addCommon(redis);
    add(redis, "call", (l, args) -> call(l, args, true));
    add(redis, "pcall", (l, args) -> call(l, args, false));
    add(redis, "setresp", this::setProtocol);
    add(redis, "acl_check_cmd", this::mayCall);
    add(redis, "set_repl", RedisLibrary::setReplication);
    add(redis, "replicate_commands", (l, args) -> one(true));
    add(redis, "breakpoint", (l, args) -> one(false));
    add(redis, "debug", (l, args) -> Lua.NONE);
    redis.put("REPL_NONE", 0.0);
    redis.put("REPL_AOF", 1.0);
    redis.put("REPL_SLAVE", 2.0);
    redis.put("REPL_REPLICA", 2.0);
    redis.put("REPL_ALL", 3.0);
    return redis;
  }

  /** The table of the code of a library, while it is loaded. */
  LuaTable ofLoading(Lua lua) {
    LuaTable redis = lua.table();
    addCommon(redis);
    add(redis, "register_function", this::register);
    return redis;
  }

  private @Nullable Object[] register(Lua lua, Arguments args) {
    Registration registration = machine.registration();
    if (registration == null) {
      throw refusal(args, "redis.register_function can only be called on FUNCTION LOAD command");
    }
    return registration.register(lua, args);
  }

  private void addCommon(LuaTable redis) {
    add(redis, "log", this::log);
    add(redis, "sha1hex", RedisLibrary::sha1);
    add(redis, "error_reply", (l, args) -> reply(l, args, "err"));
    add(redis, "status_reply", (l, args) -> reply(l, args, "ok"));
    for (int i = 0; i < LEVELS.size(); i++) {
      redis.put("LOG_" + LEVELS.get(i).name(), (double) i);
    }
    redis.put("REDIS_VERSION", ScriptHost.VERSION);
    redis.put("REDIS_VERSION_NUM", (double) number(ScriptHost.VERSION));
  }

  private static int number(String version) {
    int number = 0;
    for (String part : version.split("\\.", -1)) {
      number = number << 8 | Integer.parseInt(part);
    }
    return number;
  }

  private static void add(LuaTable table, String name, Builtin.Body body) {
    table.put(name, new Builtin(name, body));
  }

  private static @Nullable Object[] one(@Nullable Object value) {
    return new Object[] {value};
  }

  // --- Commands

  private @Nullable Object[] call(Lua lua, Arguments args, boolean raises) {
    List<String> words;
    try {
      words = words(args);
    } catch (LuaError e) {
      return raise(e, raises);
    }
    lua.meter().work(CALL_WORK);
    var reply = new ReplyReader(lua, machine.host().call(words, machine.protocol()));
    if (!reply.isError()) {
      return one(reply.read());
    }
    LuaTable error = lua.table();
    error.put("err", reply.error());
    error.put("ignore_error_stats_update", true);
    return raise(new LuaError(error), raises);
  }

  private static @Nullable Object[] raise(LuaError error, boolean raises) {
    if (raises) {
      throw error;
    }
    return one(error.value());
  }

  private LuaError refusal(Arguments args, String text) {
    LuaTable error = args.newTable();
    error.put("err", "ERR " + text);
    return new LuaError(error);
  }

  private List<String> words(Arguments args) {
    if (args.count() == 0) {
      throw refusal(args, "Please specify at least one argument for this redis lib call");
    }
    var words = new ArrayList<String>(args.count());
    for (Object each : args.all()) {
      switch (each) {
        case String text -> words.add(text);
        case Double number -> words.add(Numbers.shortest(number));
        case null, default ->
            throw refusal(args, "Lua redis lib command arguments must be strings or integers");
      }
    }
    return words;
  }

  private @Nullable Object[] mayCall(Lua lua, Arguments args) {
    List<String> words = words(args);
    try {
      return one(machine.host().mayCall(words));
    } catch (ScriptFailure e) {
      throw refusal(args, e.text().substring("ERR ".length()));
    }
  }

  // --- The others

  private @Nullable Object[] log(Lua lua, Arguments args) {
    if (args.count() < 2) {
      throw refusal(args, "redis.log() requires two arguments or more.");
    }
    if (!(args.get(1) instanceof Double)) {
      throw refusal(args, "First argument must be a number (log level).");
    }
    int level = args.integer(1);
    if (level < 0 || level >= LEVELS.size()) {
      throw refusal(args, "Invalid log level.");
    }
    var text = new StringBuilder();
    for (int i = 2; i <= args.count(); i++) {
      if (args.get(i) instanceof String || args.get(i) instanceof Double) {
        text.append(i == 2 ? "" : " ").append(args.text(i));
        lua.meter().allocateString(text.length());
      }
    }
    machine.host().log(LEVELS.get(level), text.toString());
    return Lua.NONE;
  }

  private static @Nullable Object[] sha1(Lua lua, Arguments args) {
    if (args.count() != 1) {
      LuaTable error = lua.table();
      error.put("err", "ERR wrong number of arguments");
      throw new LuaError(error);
    }
    String text = args.text(1);
    lua.meter().work(text.length());
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      byte[] hash = digest.digest(text.getBytes(StandardCharsets.ISO_8859_1));
      return one(HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JVM has SHA-1", e);
    }
  }

  private static @Nullable Object[] reply(Lua lua, Arguments args, String field) {
    LuaTable table = lua.table();
    if (args.count() != 1 || !(args.get(1) instanceof String text)) {
      table.put("err", "ERR wrong number or type of arguments");
    } else if (field.equals("ok")) {
      table.put(field, text);
    } else {
      table.put(field, code(text));
    }
    return one(table);
  }

  /** The text of an error with its code in front, which is ERR unless there is another. */
  private static String code(String text) {
    if (text.startsWith("-")) {
      return text.substring(1);
    }
    return text.indexOf(' ') < 0 ? "ERR " + text : text;
  }

  private @Nullable Object[] setProtocol(Lua lua, Arguments args) {
    if (args.count() != 1) {
      throw refusal(args, "redis.setresp() requires one argument.");
    }
    int version = args.integer(1);
    if (version != 2 && version != 3) {
      throw refusal(args, "RESP version must be 2 or 3.");
    }
    machine.protocol(version);
    return Lua.NONE;
  }

  /** There is nothing to choose: replicas get the changes of a script as a whole. */
  private static @Nullable Object[] setReplication(Lua lua, Arguments args) {
    int flags = args.integer(1);
    if (args.count() != 1 || flags < 0 || flags > 3) {
      LuaTable error = lua.table();
      error.put(
          "err",
          args.count() != 1
              ? "ERR redis.set_repl() requires one argument."
              : "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
      throw new LuaError(error);
    }
    return Lua.NONE;
  }
}
