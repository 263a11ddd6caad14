package dev.ostler.kv.server.script;

/** A compiled script. Any thread may run it, also while others do. */
public interface Script {
  /**
   * Runs it on the calling thread.
   *
   * @return its reply in RESP, in the protocol of the client
   * @throws ScriptFailure if it fails, or is stopped by one of its limits; the reply is this error
   */
  byte[] run(ScriptHost host);
}
