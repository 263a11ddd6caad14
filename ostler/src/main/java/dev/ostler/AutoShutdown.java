package dev.ostler;

/** When a supervisor ends because significant children ended by themselves. */
public enum AutoShutdown {
  /** Never. */
  NEVER,
  /** When one of them has. */
  ANY_SIGNIFICANT,
  /** When the last of them has. */
  ALL_SIGNIFICANT
}
