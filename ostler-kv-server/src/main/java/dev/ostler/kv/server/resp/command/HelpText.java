package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;

/** The replies to the HELP subcommands. Pure functions; any thread may use them. */
final class HelpText {
  private HelpText() {}

  /** The subcommand HELP of a command, with these lines. */
  static CommandSpec of(String command, String... lines) {
    return new CommandSpec("help", 2, body(command, lines), Flag.LOADING, Flag.STALE)
        .doc("server", "2.8.0", "Returns the subcommands of " + command + ".");
  }

  /** The body of a command that has only subcommands. It is never run. */
  static CommandSpec.OfClient container() {
    return (client, args, out) -> {
      throw new CommandError(CommandError.SYNTAX);
    };
  }

  private static CommandSpec.OfClient body(String command, String... lines) {
    return (client, args, out) -> {
      out.array(lines.length + 3);
      out.simple(command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
      for (String line : lines) {
        out.simple(line);
      }
      out.simple("HELP");
      out.simple("    Prints this help.");
    };
  }
}
