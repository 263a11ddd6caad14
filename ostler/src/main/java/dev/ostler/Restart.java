package dev.ostler;

/** When a supervisor restarts a child that has ended. */
public enum Restart {
  /** Always. */
  PERMANENT,
  /** Unless it ended cleanly, see {@link ExitReason#isClean()}. */
  TRANSIENT,
  /** Never. */
  TEMPORARY
}
