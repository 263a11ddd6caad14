package dev.ostler.observer;

/** A request that is not answered as it wished: the status, and what was expected and found. */
final class Refusal extends RuntimeException {
  final int status;
  private final String why;

  Refusal(int status, String why) {
    super(why, null, false, false);
    this.status = status;
    this.why = why;
  }

  static Refusal bad(String why) {
    return new Refusal(400, why);
  }

  String why() {
    return why;
  }
}
