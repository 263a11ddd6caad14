package dev.ostler.kv.server.access;

/**
 * A user: a name, and what the user may do, which may change. Any thread.
 *
 * <p>Clients keep the account they have authenticated themselves for, so that what changes there
 * holds for their next command.
 */
public final class Account {
  private final String name;

  /** What the user may do, and whether that is all there is. */
  private record Granted(Rights rights, boolean unlimited) {
    Granted(Rights rights) {
      this(rights, rights.isUnlimited());
    }
  }

  private volatile Granted granted;

  Account(String name, Rights rights) {
    this.name = name;
    this.granted = new Granted(rights);
  }

  public String name() {
    return name;
  }

  public Rights rights() {
    return granted.rights;
  }

  /** Whether there is nothing the user may not do. */
  boolean isUnlimited() {
    return granted.unlimited;
  }

  public void rights(Rights changed) {
    granted = new Granted(changed);
  }

  /** As a line of a file of rules. */
  public String line() {
    return "user " + name + " " + rights().rules();
  }
}
