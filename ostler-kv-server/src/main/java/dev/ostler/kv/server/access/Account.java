package dev.ostler.kv.server.access;

/**
 * A user: a name and rights, which may change. Any thread may use it.
 *
 * <p>A client refers to the account it has authenticated as, so a change of its rights holds from
 * the client's next command on.
 */
public final class Account {
  private final String name;

  /** The rights, and whether they have no limits. */
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

  /** Whether the user may do everything. */
  boolean isUnlimited() {
    return granted.unlimited;
  }

  public void rights(Rights changed) {
    granted = new Granted(changed);
  }

  /** The user as a line of a file of users. */
  public String line() {
    return "user " + name + " " + rights().rules();
  }
}
