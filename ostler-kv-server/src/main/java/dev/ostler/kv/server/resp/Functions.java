package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptLibrary;
import dev.ostler.kv.server.script.ScriptLimits;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The libraries of functions that a server has. Any thread may use it. */
public final class Functions {
  /** So long the code of a library may run when it is loaded. */
  private static final long LOAD_MILLIS = 500;

  /**
   * A library.
   *
   * @param code as it was loaded, with its first line
   */
  public record Library(String name, String code, ScriptLibrary compiled) {}

  /** A function that can be called. */
  public record Callable(String name, Script script, Set<ScriptHeader.Flag> flags) {}

  private record State(Map<String, Library> libraries, Map<String, Callable> functions) {}

  private final Scripts scripts;
  private volatile State state = new State(Map.of(), Map.of());

  Functions(Scripts scripts) {
    this.scripts = scripts;
  }

  public Collection<Library> libraries() {
    return state.libraries.values();
  }

  public int count() {
    return state.functions.size();
  }

  /** The function of this name, in any case; null if there is none. */
  public @Nullable Callable find(String name) {
    return state.functions.get(Bytes.lower(name));
  }

  /**
   * Compiles a library, which is not known by that.
   *
   * @param replaces whether there may be one of its name
   * @throws CommandError if it is not valid, or there is one of its name
   */
  public Library compile(String code, boolean replaces) {
    LibraryHeader header = LibraryHeader.of(code);
    if (!replaces && state.libraries.containsKey(header.name())) {
      throw new CommandError("ERR Library '" + header.name() + "' already exists");
    }
    try {
      ScriptLibrary compiled = Scripts.engine().library(header.code(), new LoadHost());
      if (compiled.functions().isEmpty()) {
        throw new CommandError("ERR No functions registered");
      }
      return new Library(header.name(), code, compiled);
    } catch (ScriptFailure e) {
      throw new CommandError(e.text());
    }
  }

  /**
   * Adds libraries, all or none.
   *
   * @param replaces whether they replace those with the same names
   * @throws CommandError if there is a library or a function with the same name
   */
  public synchronized void add(List<Library> added, boolean replaces) {
    change(new LinkedHashMap<>(state.libraries), added, replaces);
  }

  /** Replaces all libraries by these. */
  public synchronized void replaceAll(List<Library> added) {
    change(new LinkedHashMap<>(), added, false);
  }

  /** Removes the library of this name; false if there is none. */
  public synchronized boolean remove(String name) {
    var libraries = new LinkedHashMap<>(state.libraries);
    if (libraries.remove(name) == null) {
      return false;
    }
    change(libraries, List.of(), false);
    return true;
  }

  private void change(Map<String, Library> libraries, List<Library> added, boolean replaces) {
    for (Library each : added) {
      if (libraries.put(each.name, each) != null && !replaces) {
        throw new CommandError("ERR Library " + each.name + " already exists");
      }
    }
    var functions = new LinkedHashMap<String, Callable>();
    for (Library each : libraries.values()) {
      for (ScriptLibrary.Function function : each.compiled.functions()) {
        var callable =
            new Callable(
                function.name(), each.compiled.call(function.name()), flags(function.flags()));
        if (functions.put(Bytes.lower(function.name()), callable) != null) {
          throw new CommandError("ERR Function " + function.name() + " already exists");
        }
      }
    }
    state = new State(libraries, functions);
  }

  private static Set<ScriptHeader.Flag> flags(Set<String> words) {
    var flags = EnumSet.noneOf(ScriptHeader.Flag.class);
    for (ScriptHeader.Flag each : ScriptHeader.Flag.values()) {
      if (words.contains(each.word())) {
        flags.add(each);
      }
    }
    return flags;
  }

  /** The host of a library's code while it is loaded. */
  private final class LoadHost implements ScriptHost {
    @Override
    public String name() {
      return "@user_function";
    }

    @Override
    public List<String> keys() {
      return List.of();
    }

    @Override
    public List<String> arguments() {
      return List.of();
    }

    @Override
    public int protocol() {
      return 2;
    }

    @Override
    public ScriptLimits limits() {
      ScriptLimits limits = scripts.limits();
      return new ScriptLimits(LOAD_MILLIS, limits.instructions(), limits.bytes());
    }

    @Override
    public boolean isStopped() {
      return Thread.currentThread().isInterrupted();
    }

    @Override
    public byte[] call(List<String> words, int protocol) {
      throw new IllegalStateException("a library that is loaded runs no commands");
    }

    @Override
    public boolean mayCall(List<String> words) {
      return false;
    }

    @Override
    public void log(Level level, String message) {
      ScriptRun.toLog(level, message);
    }
  }
}
