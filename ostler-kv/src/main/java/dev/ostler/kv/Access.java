package dev.ostler.kv;

/** Who may do what. Any thread. */
final class Access {
  /**
   * Called before every command.
   *
   * @throws CommandError if this client may not use it
   */
  void check(Session client, CommandSpec spec, String name, Args args) {
    // Everybody may do everything.
  }
}
