package dev.ostler.kv.server.script;

/**
 * A script is not valid, has failed, or was stopped. The message is an error reply: its code, then
 * the text. It has no stack trace, because it is a reply and not a failure of the server.
 */
public final class ScriptFailure extends RuntimeException {
  public ScriptFailure(String message) {
    super(message, null, false, false);
  }

  /** The message: code and text. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
