package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptEngine;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptLimits;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The scripts of a server: those it knows, and those that run. Any thread may use it. */
public final class Scripts {
  /**
   * So many scripts of EVAL are known. A new one replaces the one that was not used for longest.
   */
  private static final int MOST_PASSING = 500;

  /** So many scripts of SCRIPT LOAD are known, which only SCRIPT FLUSH drops. */
  private static final int MOST_LOADED = 10_000;

  private static final @Nullable ScriptEngine ENGINE = ScriptEngine.found().orElse(null);

  /** A script as EVAL and EVALSHA run it. */
  public record Known(String sha, ScriptHeader header, Script script) {}

  private final Map<String, Known> loaded = new ConcurrentHashMap<>();
  private final LinkedHashMap<String, Known> passing =
      new LinkedHashMap<>(16, 0.75f, true); // with its lock
  private final Set<ScriptRun> running = ConcurrentHashMap.newKeySet();
  private volatile long millis;
  private volatile long instructions;
  private volatile long bytes;
  private volatile boolean undeclaredKeys;
  private final Functions functions = new Functions(this);

  /** Adds the settings of scripts. */
  Scripts(Settings settings) {
    if (!areSupported()) {
      return;
    }
    add(settings, "script-time-limit", "5000", Long.MAX_VALUE / 1_000_000, to -> millis = to);
    add(settings, "script-instruction-limit", "0", Long.MAX_VALUE, to -> instructions = to);
    settings.add(
        new Setting(
            "script-memory-limit",
            "",
            Setting.size(0, Long.MAX_VALUE),
            to -> bytes = Long.parseLong(to)));
    settings.set("script-memory-limit", Long.toString(ofHeap()));
    settings.add(
        new Setting(
            "script-undeclared-keys",
            "no",
            Setting::yesOrNo,
            to -> undeclaredKeys = to.equals("yes")));
  }

  private static void add(
      Settings settings,
      String name,
      String first,
      long most,
      java.util.function.LongConsumer effect) {
    settings.add(
        new Setting(name, "", Setting.number(0, most), to -> effect.accept(Long.parseLong(to))));
    settings.set(name, first);
  }

  /** A quarter of the heap, but at most 64 MiB. */
  private static long ofHeap() {
    return Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);
  }

  /** Whether there is an engine for scripts beside the server. */
  public static boolean areSupported() {
    return ENGINE != null;
  }

  static ScriptEngine engine() {
    return Objects.requireNonNull(ENGINE, "there is no engine for scripts");
  }

  /** The libraries of functions. */
  public Functions functions() {
    return functions;
  }

  ScriptLimits limits() {
    return new ScriptLimits(millis, instructions, bytes);
  }

  /** Whether a script may use buckets that its keys do not name. */
  boolean allowsUndeclaredKeys() {
    return undeclaredKeys;
  }

  // --- Known scripts

  /**
   * The script with this text, which is known from now on.
   *
   * @param stays until SCRIPT FLUSH; otherwise it is dropped when it was not used for long
   * @throws CommandError if it is not valid
   */
  public Known know(String text, boolean stays) {
    String sha = sha1(text);
    Known known = find(sha);
    if (known == null) {
      ScriptHeader header = ScriptHeader.of(text);
      try {
        known = new Known(sha, header, engine().compile(header.code()));
      } catch (ScriptFailure e) {
        throw new CommandError(e.text());
      }
    }
    if (stays && loaded.size() >= MOST_LOADED && !loaded.containsKey(sha)) {
      throw new CommandError("ERR there are " + MOST_LOADED + " scripts: SCRIPT FLUSH drops them");
    }
    synchronized (passing) {
      if (stays) {
        loaded.put(sha, known);
        var _ = passing.remove(sha);
      } else if (!loaded.containsKey(sha)) {
        passing.put(sha, known);
        if (passing.size() > MOST_PASSING) {
          var _ = passing.pollFirstEntry();
        }
      }
    }
    return known;
  }

  /** The known script with this SHA1, in any case; null if there is none. */
  public @Nullable Known find(String sha) {
    String lower = Bytes.lower(sha);
    Known known = loaded.get(lower);
    if (known != null) {
      return known;
    }
    synchronized (passing) {
      return passing.get(lower);
    }
  }

  /** The number of known scripts. */
  int known() {
    synchronized (passing) {
      return loaded.size() + passing.size();
    }
  }

  /** Drops all scripts. Those that run are not touched. */
  public void flush() {
    synchronized (passing) {
      loaded.clear();
      passing.clear();
    }
  }

  /** The SHA1 of a byte string, in hexadecimal digits. */
  static String sha1(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(Bytes.array(text));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JVM has SHA-1", e);
    }
  }

  // --- Running scripts

  /** The function that has run for longest; null if none runs. */
  public @Nullable ScriptRun longestFunction() {
    ScriptRun longest = null;
    for (ScriptRun each : running) {
      if (each.kind() == ScriptRun.Kind.FUNCTION
          && (longest == null || each.millis() > longest.millis())) {
        longest = each;
      }
    }
    return longest;
  }

  void begin(ScriptRun run) {
    running.add(run);
  }

  void end(ScriptRun run) {
    running.remove(run);
  }

  /**
   * Stops all scripts, or all functions, that run now; what they have changed is undone.
   *
   * @throws CommandError if none runs
   */
  public void kill(ScriptRun.Kind kind) {
    boolean any = false;
    for (ScriptRun each : running) {
      if (each.kind() == kind) {
        each.stop();
        any = true;
      }
    }
    if (!any) {
      throw new CommandError("NOTBUSY No scripts in execution right now.");
    }
  }
}
