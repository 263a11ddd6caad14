package dev.ostler;

/** When a supervisor starts a child again that has ended. */
public enum Restart {
  /** Always. */
  PERMANENT,
  /** Unless it ended cleanly, see {@link ExitReason#isClean()}. */
  TRANSIENT,
  /** Never. */
  TEMPORARY
}
