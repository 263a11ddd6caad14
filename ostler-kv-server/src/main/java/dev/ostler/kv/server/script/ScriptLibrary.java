package dev.ostler.kv.server.script;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A compiled library of functions. Immutable; any thread may use it. */
public interface ScriptLibrary {
  /**
   * One of its functions.
   *
   * @param flags what it promises or asks for, by Redis's names
   */
  record Function(String name, Optional<String> description, Set<String> flags) {}

  /** Its functions, in the order in which they were registered. */
  List<Function> functions();

  /** What calls its function of this name. */
  Script call(String name);
}
