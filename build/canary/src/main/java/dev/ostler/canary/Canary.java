package dev.ostler.canary;

/** Holds a planted null bug: NullAway must refuse to compile it. */
public final class Canary {
  private Canary() {}

  /** Returns what it promised not to: null. */
  public static String sing() {
    return null;
  }
}
