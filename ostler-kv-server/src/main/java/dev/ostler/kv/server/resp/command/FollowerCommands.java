package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.NodeRole;
import dev.ostler.kv.server.resp.Slots;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The commands of a node that does not lead: those on buckets and channels say who does. The others
 * are the same. Any thread may use the table; the bodies run in the client's process.
 */
public final class FollowerCommands {
  /** With nothing to end, they are done everywhere. */
  private static final Set<String> HARMLESS = Set.of("unsubscribe", "punsubscribe", "sunsubscribe");

  /** All commands by name. */
  public static final CommandTable ALL =
      AllCommands.ALL.replacing(FollowerCommands::isForTheLeader, FollowerCommands::elsewhere);

  private FollowerCommands() {}

  private static boolean isForTheLeader(CommandSpec spec) {
    return spec.needsBuckets() || (spec.has(Flag.PUBSUB) && !HARMLESS.contains(spec.name()));
  }

  private static CommandSpec.OfClient elsewhere(CommandSpec spec) {
    return (client, args, out) -> {
      client.transaction().refused();
      List<String> keys = spec.keysOf(args);
      throw elsewhere(client, keys.isEmpty() ? 0 : Slots.of(keys.getFirst()));
    };
  }

  private static CommandError elsewhere(Client client, int slot) {
    NodeRole role = Objects.requireNonNull(client.server().role(), "a node's server has a role");
    return role.elsewhere(slot);
  }
}
