package dev.ostler.kv.server.access;

import dev.ostler.kv.server.access.AccessLog.Reason;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The access control list: users, their permissions, and the check made before each command. Any
 * thread may use it.
 */
public final class Access {
  /** The user of clients that have not authenticated. */
  public static final String DEFAULT = "default";

  private final GuardedCommand.Table commands;
  private final BooleanSupplier allChannels; // whether new users may use all channels
  private final IntSupplier logLength;
  private final AccessLog log = new AccessLog();
  private final Account defaultUser;
  private final Map<String, Account> accounts = new ConcurrentSkipListMap<>();

  /**
   * Starts with the default user alone, which may do everything.
   *
   * @param allChannels whether new users may use all channels
   * @param logLength how many entries the log may have
   */
  public Access(GuardedCommand.Table commands, BooleanSupplier allChannels, IntSupplier logLength) {
    this.commands = commands;
    this.allChannels = allChannels;
    this.logLength = logLength;
    this.defaultUser = new Account(DEFAULT, Rights.all(commands));
    accounts.put(DEFAULT, defaultUser);
  }

  // --- Users

  /** The user of clients that have not authenticated. */
  public Account defaultUser() {
    return defaultUser;
  }

  /** The user of a new client; null if it must authenticate. */
  public @Nullable Account initialUser() {
    Rights rights = defaultUser.rights();
    return rights.enabled() && rights.open() ? defaultUser : null;
  }

  public Optional<Account> find(String name) {
    return Optional.ofNullable(accounts.get(name));
  }

  /** All users, in no order. */
  public Collection<Account> accounts() {
    return List.copyOf(accounts.values());
  }

  /**
   * Applies all of these rules to a user, or none of them. Creates the user if it does not exist.
   *
   * @throws CommandError if a rule is not valid
   */
  public synchronized Account change(String name, Collection<String> rules) {
    Account known = accounts.get(name);
    var changed =
        new RightsRules(
            commands,
            known == null ? Rights.none(allChannels.getAsBoolean()) : known.rights(),
            allChannels.getAsBoolean());
    expectWholeSelectors(rules);
    rules.forEach(changed::add);
    if (known == null) {
      known = new Account(name, changed.rights());
      accounts.put(name, known);
    } else {
      known.rights(changed.rights());
    }
    return known;
  }

  /** A selector may be spread over several rules, but must be closed. */
  private static void expectWholeSelectors(Collection<String> rules) {
    String open = null;
    for (String rule : rules) {
      if (open == null && rule.startsWith("(")) {
        open = rule;
      }
      if (open != null && rule.endsWith(")")) {
        open = null;
      }
    }
    if (open != null) {
      throw new CommandError(
          "ERR Unmatched parenthesis in acl selector starting at '" + open + "'.");
    }
  }

  /** Removes a user, and returns it; null if there is none. */
  public synchronized @Nullable Account remove(String name) {
    return accounts.remove(name);
  }

  /** Replaces all users. The default user stays, with all rights unless {@code users} names it. */
  public synchronized void replace(Map<String, Rights> users) {
    accounts.keySet().removeIf(name -> !name.equals(DEFAULT) && !users.containsKey(name));
    defaultUser.rights(users.getOrDefault(DEFAULT, Rights.all(commands)));
    users.forEach(
        (name, rights) -> {
          Account known = accounts.get(name);
          if (known == null) {
            accounts.put(name, new Account(name, rights));
          } else {
            known.rights(rights);
          }
        });
  }

  /** Sets the password of the default user; an empty one removes it. */
  public void defaultPassword(String password) {
    change(DEFAULT, password.isEmpty() ? List.of("nopass") : List.of("resetpass", ">" + password));
  }

  // --- Authentication

  /**
   * Makes this user the client's.
   *
   * @param command the command that authenticates, as the client sent it
   * @throws CommandError if the password is wrong, or there is no such user
   */
  public void authenticate(Subject client, String command, String name, String password) {
    Account account = accounts.get(name);
    boolean right = account != null && account.rights().hasPassword(password);
    if (account == null) {
      var _ = Secrets.hash(password); // takes the same time as for a known user
    }
    if (account == null || !right || !account.rights().enabled()) {
      refuse(client, Reason.AUTH, command, name);
      throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
    }
    client.account(account);
  }

  // --- The check

  /**
   * Checks a command before it is done, or queued by MULTI.
   *
   * @throws CommandError if this client may not use it
   */
  public void check(Subject client, GuardedCommand command, Args args) {
    Account account = client.account();
    if (account == null && initialUser() != null) { // the password was removed after it connected
      account = defaultUser;
      client.account(defaultUser);
    }
    if (account == null) {
      if (!command.needsNoUser()) {
        throw new CommandError("NOAUTH Authentication required.");
      }
      return;
    }
    if (account.isUnlimited()) {
      return;
    }
    Denial denial = denial(account.rights(), command, args);
    if (denial != null) {
      refuse(client, denial.reason(), denial.what(), account.name());
      throw new CommandError("NOPERM " + words(account.name(), denial));
    }
  }

  /**
   * Checks a queued command at EXEC: the rights may have changed since it was queued.
   *
   * @throws CommandError if this client may not use it any more
   */
  public void checkAgain(Subject client, GuardedCommand command, Args args) {
    Account account = client.account();
    Denial denial = account == null ? null : denial(account.rights(), command, args);
    if (account != null && denial != null) {
      refuse(client, denial.reason(), denial.what(), account.name());
      String why =
          switch (denial.reason()) {
            case KEY -> "no permission to touch the specified keys";
            case CHANNEL -> "no permission to access one of the channels used as arguments";
            case COMMAND, AUTH -> "no permission to execute the command or subcommand";
          };
      throw new CommandError(
          "NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
              + " EXEC call. This command is no longer allowed for the following reason: "
              + why);
    }
  }

  /**
   * Checks a command of a script.
   *
   * @throws CommandError if this client may not use it
   */
  public void checkInScript(Subject client, GuardedCommand command, Args args) {
    Account account = client.account();
    Denial denial = account == null ? null : denial(account.rights(), command, args);
    if (account != null && denial != null) {
      refuse(client, denial.reason(), denial.what(), account.name());
      throw new CommandError("ERR ACL failure in script: " + words(account.name(), denial));
    }
  }

  /**
   * What a user may not do.
   *
   * @param what the command, key or channel
   */
  public record Denial(Reason reason, String what) {}

  /** Why a user may not use this command with these arguments; null if it may. */
  public static @Nullable Denial denial(Rights rights, GuardedCommand command, Args args) {
    if (!rights.allows(command, args) && !command.needsNoUser()) {
      return new Denial(Reason.COMMAND, command.fullName());
    }
    if (!rights.allowsAllKeys()) {
      List<String> keys = command.keysOf(args);
      for (int i = 0; i < keys.size(); i++) {
        if (!rights.allows(keys.get(i), command.useOf(args, i))) {
          return new Denial(Reason.KEY, keys.get(i));
        }
      }
    }
    if (!rights.allowsAllChannels()) {
      for (String channel : command.channelsOf(args)) {
        if (!rights.allowsChannel(channel, command.namesPatterns())) {
          return new Denial(Reason.CHANNEL, channel);
        }
      }
    }
    return null;
  }

  private static String words(String user, Denial denial) {
    return switch (denial.reason()) {
      case KEY -> "No permissions to access a key";
      case CHANNEL -> "No permissions to access a channel";
      case COMMAND, AUTH ->
          "User " + user + " has no permissions to run the '" + denial.what() + "' command";
    };
  }

  private void refuse(Subject client, Reason reason, String what, String user) {
    client.denied(reason);
    long now = System.currentTimeMillis();
    log.add(
        new AccessLog.Entry(0, 1, reason, client.context(), what, user, now, now, client.line()),
        logLength.getAsInt());
  }

  public AccessLog log() {
    return log;
  }
}
