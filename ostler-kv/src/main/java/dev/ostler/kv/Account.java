package dev.ostler.kv;

/**
 * A user: a name, and what the user may do, which may change. Any thread.
 *
 * <p>Clients keep the account they have authenticated themselves for, so that what changes there
 * holds for their next command.
 */
final class Account {
  private final String name;
  private volatile Rights rights;

  Account(String name, Rights rights) {
    this.name = name;
    this.rights = rights;
  }

  String name() {
    return name;
  }

  Rights rights() {
    return rights;
  }

  void rights(Rights changed) {
    rights = changed;
  }

  /** As a line of a file of rules. */
  String line() {
    return "user " + name + " " + rights.rules();
  }
}
