package dev.ostler.kv.server.script;

import java.util.List;

/**
 * What one run of a script may ask of the server. Used by the thread that runs the script, and only
 * until the run ends. Texts are byte strings.
 *
 * <p>What its methods throw ends the script; an engine must neither catch it nor let a script do
 * so.
 */
public interface ScriptHost {
  /** The version of Redis that the server stands for. */
  String VERSION = "8.0.2";

  /** How loud a message for the log is. */
  enum Level {
    DEBUG,
    VERBOSE,
    NOTICE,
    WARNING
  }

  /** What errors call the script: mostly its SHA1. */
  String name();

  /** The names of the buckets that it may use. */
  List<String> keys();

  List<String> arguments();

  /** The version of the client's protocol, 2 or 3. */
  int protocol();

  ScriptLimits limits();

  /** Whether the script must stop. The engine asks often. */
  boolean isStopped();

  /**
   * Runs a command.
   *
   * @param words its name and arguments
   * @param protocol the version of the protocol of the reply
   * @return its reply in RESP; an error if it is refused
   */
  byte[] call(List<String> words, int protocol);

  /**
   * Whether the client's user may use a command with these arguments.
   *
   * @throws ScriptFailure if there is no such command
   */
  boolean mayCall(List<String> words);

  /** Writes to the server's log. */
  void log(Level level, String message);
}
