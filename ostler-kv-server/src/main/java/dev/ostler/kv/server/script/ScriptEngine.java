package dev.ostler.kv.server.script;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Compiles and runs scripts. {@link ServiceLoader} finds it; without one, the server refuses
 * scripts. Any thread may use it.
 */
public interface ScriptEngine {
  /** The engine beside the server; empty if there is none. */
  static Optional<ScriptEngine> found() {
    return ServiceLoader.load(ScriptEngine.class, ScriptEngine.class.getClassLoader()).findFirst();
  }

  /**
   * Compiles a script.
   *
   * @param source its text, a byte string
   * @throws ScriptFailure if it is not valid; the reply is this error
   */
  Script compile(String source);

  /**
   * Compiles a library, and runs its code once, which registers its functions.
   *
   * @param source its text, a byte string
   * @param host for the run: of it only the limits, the log and whether to stop are used
   * @throws ScriptFailure if it is not valid; the reply is this error
   */
  ScriptLibrary library(String source, ScriptHost host);
}
