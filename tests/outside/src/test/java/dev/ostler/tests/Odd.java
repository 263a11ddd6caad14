package dev.ostler.tests;

/** A value that has no text: its toString throws, or returns null. */
final class Odd {
  private final Throwable thrown;

  private Odd(Throwable thrown) {
    this.thrown = thrown;
  }

  /** Its toString throws this; null: it returns null. */
  static Object value(Throwable thrown) {
    return new Odd(thrown);
  }

  /** A request with such a text. */
  static PuppetServer.Ask<String> request(Throwable thrown) {
    return new PuppetServer.Ask<>(value(thrown), (ask, from, heard) -> ask.reply("odd", heard));
  }

  @Override
  public String toString() {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {
        return null;
      }
    }
  }
}
