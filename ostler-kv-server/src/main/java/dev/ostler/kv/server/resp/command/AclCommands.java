package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.access.Account;
import dev.ostler.kv.server.access.Categories;
import dev.ostler.kv.server.access.Rights;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.AclLogReply;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespServer;
import dev.ostler.kv.server.resp.RespWriter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** ACL: the users and their rights. The bodies run in the client's process. */
final class AclCommands {
  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
  private static final Flag[] USUAL = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
  private static final SecureRandom RANDOM = new SecureRandom();

  private AclCommands() {}

  static void addTo(CommandTable table) {
    CommandSpec acl =
        table
            .add(new CommandSpec("acl", -2, HelpText.container()))
            .doc("server", "6.0.0", "A container for access control commands.")
            .with(
                sub("whoami", 2, AclCommands::whoAmI, USUAL)
                    .doc("server", "6.0.0", "Returns the user of the connection."))
            .with(
                sub("cat", -2, AclCommands::categories, USUAL)
                    .doc(
                        "server",
                        "6.0.0",
                        "Returns the categories of commands, or the commands of one."))
            .with(
                sub("genpass", -2, AclCommands::password, USUAL)
                    .doc("server", "6.0.0", "Returns a random password."))
            .with(help());
    addUsers(acl);
    acl.with(
            sub("dryrun", -4, AclCommands::dryRun, ADMIN)
                .doc("server", "7.0.0", "Returns whether a user may run a command."))
        .with(
            sub("log", -2, AclLogReply::write, ADMIN)
                .doc("server", "6.0.0", "Returns the latest refusals for lack of rights."))
        .with(
            sub(
                    "load",
                    2,
                    AclCommands::load,
                    Flag.ADMIN,
                    Flag.NOSCRIPT,
                    Flag.LOADING,
                    Flag.STALE,
                    Flag.SLOW)
                .doc("server", "6.0.0", "Reads the file of users again."))
        .with(
            sub(
                    "save",
                    2,
                    AclCommands::save,
                    Flag.ADMIN,
                    Flag.NOSCRIPT,
                    Flag.LOADING,
                    Flag.STALE,
                    Flag.SLOW)
                .doc("server", "6.0.0", "Writes the file of users."));
  }

  private static void addUsers(CommandSpec acl) {
    acl.with(
            sub("setuser", -3, AclCommands::setUser, ADMIN)
                .secret((args, i) -> i > 1)
                .doc("server", "6.0.0", "Creates a user, or changes its rights."))
        .with(
            sub("getuser", 3, AclCommands::getUser, ADMIN)
                .doc("server", "6.0.0", "Returns the rights of a user."))
        .with(
            sub("deluser", -3, AclCommands::removeUsers, ADMIN)
                .doc("server", "6.0.0", "Deletes users, and closes their connections."))
        .with(
            sub("list", 2, AclCommands::list, ADMIN)
                .doc("server", "6.0.0", "Returns all users as rules."))
        .with(
            sub("users", 2, AclCommands::users, ADMIN)
                .doc("server", "6.0.0", "Returns the names of all users."));
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return new CommandSpec(name, arity, body, flags);
  }

  private static CommandSpec help() {
    return HelpText.of(
        "ACL",
        "CAT [<category>]",
        "    The categories of commands, or the commands of one.",
        "DELUSER <username> [<username> ...]",
        "    Remove users, and close their connections.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Whether the user may run this command. It is not run.",
        "GETUSER <username>",
        "    The rights of a user.",
        "GENPASS [<bits>]",
        "    Return a random password of so many bits (default: 256).",
        "LIST",
        "    All users, as lines of a file of users.",
        "LOAD",
        "    Read the file of rules again.",
        "LOG [<count> | RESET]",
        "    The latest refusals.",
        "SAVE",
        "    Write the file of rules.",
        "SETUSER <username> <rule> [<rule> ...]",
        "    Create a user, or change its rights.",
        "USERS",
        "    The names of all users.",
        "WHOAMI",
        "    The user of this connection.");
  }

  // --- Users

  private static void setUser(Client client, Args args, RespWriter out) {
    String name = args.get(2);
    if (name.chars().anyMatch(c -> c == ' ' || c == 0 || (c >= '\t' && c <= '\r'))) {
      throw new CommandError("ERR Usernames can't contain spaces or null characters");
    }
    var _ = client.server().access().change(name, args.from(3));
    client.server().endForbiddenSubscriptions();
    out.ok();
  }

  private static void getUser(Client client, Args args, RespWriter out) {
    Account account = client.server().access().find(args.get(2)).orElse(null);
    if (account == null) {
      out.nil();
      return;
    }
    Rights rights = account.rights();
    out.map(6);
    out.bulk("flags");
    var flags = new ArrayList<>(List.of(rights.enabled() ? "on" : "off"));
    if (rights.open()) {
      flags.add("nopass");
    }
    flags.add(rights.unsanitized() ? "skip-sanitize-payload" : "sanitize-payload");
    out.set(flags.size());
    flags.forEach(out::bulk);
    out.bulk("passwords");
    out.array(rights.hashes().size());
    rights.hashes().forEach(out::bulk);
    out.bulk("commands");
    out.bulk(rights.commandText());
    out.bulk("keys");
    out.bulk(rights.keyText());
    out.bulk("channels");
    out.bulk(rights.channelText());
    out.bulk("selectors");
    out.array(rights.selectors());
    for (int i = 0; i < rights.selectors(); i++) {
      out.map(3);
      out.bulk("commands");
      out.bulk("-@all");
      out.bulk("keys");
      out.bulk("");
      out.bulk("channels");
      out.bulk("");
    }
  }

  private static void removeUsers(Client client, Args args, RespWriter out) {
    List<String> names = args.from(2);
    if (names.contains(Access.DEFAULT)) {
      throw new CommandError("ERR The 'default' user cannot be removed");
    }
    int removed = 0;
    for (String name : names) {
      if (client.server().access().remove(name) != null) {
        removed++;
        client.server().endClientsOf(name, client);
      }
    }
    out.number(removed);
  }

  private static void list(Client client, Args args, RespWriter out) {
    write(client.server().access().accounts().stream().map(Account::line).toList(), out);
  }

  private static void users(Client client, Args args, RespWriter out) {
    write(client.server().access().accounts().stream().map(Account::name).toList(), out);
  }

  private static void write(List<String> words, RespWriter out) {
    out.array(words.size());
    words.forEach(out::bulk);
  }

  private static void whoAmI(Client client, Args args, RespWriter out) {
    out.bulk(client.info().user());
  }

  // --- The rest

  private static void categories(Client client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "ACL");
    }
    if (args.count() == 2) {
      write(Categories.ALL, out);
      return;
    }
    String category = Bytes.lower(args.get(2));
    if (!Categories.ALL.contains(category)) {
      throw new CommandError("ERR Unknown category '" + args.get(2) + "'");
    }
    write(
        client.server().commands().all().stream()
            .filter(spec -> !spec.has(Flag.ABSENT))
            .filter(spec -> spec.categories().contains(category))
            .map(CommandSpec::fullName)
            .toList(),
        out);
  }

  private static void password(Client client, Args args, RespWriter out) {
    String wrong =
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
            + " number up to 4096";
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "ACL");
    }
    long bits = args.count() > 2 ? args.integer(2) : 256;
    if (bits < 1 || bits > 4096) {
      throw new CommandError(wrong);
    }
    int digits = (int) (bits + 3) / 4;
    var bytes = new byte[(digits + 1) / 2];
    RANDOM.nextBytes(bytes);
    out.bulk(HexFormat.of().formatHex(bytes).substring(0, digits));
  }

  private static void dryRun(Client client, Args args, RespWriter out) {
    RespServer server = client.server();
    Account account =
        server
            .access()
            .find(args.get(2))
            .orElseThrow(() -> new CommandError("ERR User '" + args.get(2) + "' not found"));
    Args asked = Args.of(args.from(3).toArray(new String[0]));
    CommandSpec spec = CommandCommands.lookUp(server.commands(), asked);
    if (spec == null) {
      throw new CommandError("ERR Command '" + args.get(3) + "' not found");
    }
    if (!spec.takes(asked.count())) {
      throw new CommandError("ERR wrong number of arguments for '" + spec.fullName() + "' command");
    }
    Access.Denial denial = Access.denial(account.rights(), spec, asked);
    if (denial == null) {
      out.ok();
    } else {
      String user = "User " + account.name() + " has no permissions to ";
      out.bulk(
          switch (denial.reason()) {
            case COMMAND, AUTH -> user + "run the '" + denial.what() + "' command";
            case KEY -> user + "access the '" + denial.what() + "' key";
            case CHANNEL -> user + "access the '" + denial.what() + "' channel";
          });
    }
  }

  private static void load(Client client, Args args, RespWriter out) {
    client.server().loadUsers();
    out.ok();
  }

  private static void save(Client client, Args args, RespWriter out) {
    client.server().aclFile().save(client.server().access());
    out.ok();
  }
}
