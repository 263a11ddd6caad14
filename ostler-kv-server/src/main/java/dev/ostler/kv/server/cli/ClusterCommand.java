package dev.ostler.kv.server.cli;

import dev.ostler.kv.Cluster.Member;
import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * {@code kv cluster}: the nodes of a store on several, and their changes. Each command asks one
 * node, and goes from there to the one that leads. Used by the main thread.
 */
@Command(
    name = "cluster",
    description = {
      "Look at the nodes of a store on several, and change them, one at a time.",
      "--host and --port name any node; the command goes to the one that leads by itself."
    },
    subcommands = {
      ClusterCommand.Status.class,
      ClusterCommand.Transfer.class,
      ClusterCommand.Add.class,
      ClusterCommand.Remove.class,
      ClusterCommand.Snapshot.class
    },
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ClusterCommand extends Helped implements Runnable {
  /** How long a node may take to take over. */
  private static final long TAKE_OVER_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  @Override
  public void run() {
    throw new ParameterException(spec().commandLine(), "kv cluster expects a command");
  }

  /** What the commands have in common. */
  abstract static class Of extends Helped implements Callable<Integer> {
    @Mixin private RemoteOptions options = new RemoteOptions();

    @Override
    public Integer call() {
      try {
        options.check();
      } catch (IllegalArgumentException e) {
        throw misused(String.valueOf(e.getMessage()));
      }
      try {
        return run(new ClusterNodes(options));
      } catch (RemoteServer.Refused e) {
        err().println("kv: refused: " + e.words().replaceFirst("^ERR ", ""));
      } catch (IOException e) {
        err().println("kv: " + e.getMessage());
      }
      return 1;
    }

    /** Returns the exit code. */
    abstract int run(ClusterNodes nodes) throws IOException;
  }

  /** A command that changes something. */
  abstract static class Changing extends Of {
    @Option(
        names = "--dry-run",
        fallbackValue = "true",
        description = "Check whether it can be done, say what would be, and change nothing.")
    private boolean dry;

    final boolean isDry() {
      return dry;
    }

    /** Asks the leader. */
    final String ask(ClusterNodes nodes, String... words) throws IOException {
      var command = new ArrayList<>(List.of(words));
      if (dry) {
        command.add("DRYRUN");
      }
      return nodes.askLeader(command.toArray(String[]::new));
    }
  }

  /** {@code kv cluster status}. */
  @Command(
      name = "status",
      description = {
        "Show who leads, and how far each node is.",
        "The exit code is 0 if a node leads and all are reached, else 1."
      },
      sortOptions = false,
      usageHelpAutoWidth = true)
  static final class Status extends Of {
    @Override
    int run(ClusterNodes nodes) throws IOException {
      ClusterNodes.Status status = nodes.status();
      boolean knows = status.leader().equals(status.node());
      out()
          .println(
              status.leader().isEmpty()
                  ? "no node leads that %s knows of; the last term was %d"
                      .formatted(status.node(), status.term())
                  : "%s leads, in term %d".formatted(status.leader(), status.term()));
      out()
          .printf(
              "%d nodes, of which %d must be up%s%n",
              status.members().size(),
              status.majority(),
              knows ? "" : "; the leader was not reached, so little is known of the others");
      out().printf("%-12s %-24s %-9s %16s  %s%n", "NODE", "ADDRESS", "ROLE", "BEHIND", "REACHED");
      boolean all = knows;
      for (ClusterNodes.Known each : status.members()) {
        out()
            .printf(
                "%-12s %-24s %-9s %16s  %s%n",
                each.name(),
                each.address(),
                status.leader().isEmpty() ? "?" : each.role(),
                each.behindBytes() < 0
                    ? "?"
                    : String.format(Locale.ROOT, "%,d bytes", each.behindBytes()),
                each.reached());
        all &= !each.isSilent();
      }
      return all ? 0 : 1;
    }
  }

  /** {@code kv cluster transfer}. */
  @Command(
      name = "transfer",
      description = {
        "Let another node lead.",
        "The one that leads sends all replies first, and closes its connections. Cluster clients "
            + "go to the next one by themselves."
      },
      sortOptions = false,
      usageHelpAutoWidth = true)
  static final class Transfer extends Changing {
    @Parameters(
        paramLabel = "NODE",
        arity = "0..1",
        description = "The name of the node that is to lead (default: the one that is furthest).")
    private @Nullable String node;

    @Override
    int run(ClusterNodes nodes) throws IOException {
      var _ = nodes.status(); // so that all nodes are known, whoever leads next
      String said =
          node == null
              ? ask(nodes, "KV.CLUSTER", "TRANSFER")
              : ask(nodes, "KV.CLUSTER", "TRANSFER", Bytes.of(node));
      if (isDry()) {
        out().println(said);
        return 0;
      }
      String leader = awaitLeader(nodes, said.split(" ", 2)[0]);
      out().println(leader + " leads");
      return 0;
    }
  }

  /**
   * Waits until this node leads.
   *
   * @throws IOException if another one does, or it takes too long
   */
  private static String awaitLeader(ClusterNodes nodes, String wanted) throws IOException {
    long end = System.nanoTime() + TAKE_OVER_NANOS;
    String last = "no node";
    while (System.nanoTime() - end < 0) {
      last = nodes.anyLeader().orElse("no node");
      if (last.equals(wanted)) {
        return wanted;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new IOException("%s was to lead, and %s does".formatted(wanted, last));
  }

  /** {@code kv cluster add}. */
  @Command(
      name = "add",
      description = {
        "Make a node a member of the store.",
        "Start the node first, with an empty directory, --join, and a list --cluster that has it: "
            + "then it waits. It gets all that the others have before it counts."
      },
      sortOptions = false,
      usageHelpAutoWidth = true)
  static final class Add extends Changing {
    @Parameters(
        paramLabel = "NAME=HOST:PORT[@PORT]",
        description = "The new node, as in --cluster of kv serve.")
    private String node = "";

    @Override
    int run(ClusterNodes nodes) throws IOException {
      Member added;
      try {
        added = ClusterOptions.member("kv cluster add", node);
      } catch (IllegalArgumentException e) {
        throw misused(String.valueOf(e.getMessage()));
      }
      out()
          .println(
              ask(
                  nodes,
                  "KV.CLUSTER",
                  "ADD",
                  added.name(),
                  Bytes.of(added.host()),
                  Integer.toString(added.port()),
                  Integer.toString(added.nodePort())));
      return 0;
    }
  }

  /** {@code kv cluster remove}. */
  @Command(
      name = "remove",
      description = {
        "Make a node a member of the store no more.",
        "If it leads, another one leads first. Its server ends when it hears of it."
      },
      sortOptions = false,
      usageHelpAutoWidth = true)
  static final class Remove extends Changing {
    @Parameters(paramLabel = "NODE", description = "The name of the node.")
    private String node = "";

    @Override
    int run(ClusterNodes nodes) throws IOException {
      if (nodes.leader().equals(node) && nodes.status().members().size() > 1) {
        String said = ask(nodes, "KV.CLUSTER", "TRANSFER");
        if (isDry()) {
          out().println(said + "; then " + node + " would be removed");
          return 0;
        }
        out().println(awaitLeader(nodes, said.split(" ", 2)[0]) + " leads");
      }
      out().println(ask(nodes, "KV.CLUSTER", "REMOVE", Bytes.of(node)));
      return 0;
    }
  }

  /** {@code kv cluster snapshot}. */
  @Command(
      name = "snapshot",
      description = {
        "Make a snapshot of the node that --host and --port name, and cut its log behind it.",
        "A node does so by itself after every 64 MiB of log."
      },
      sortOptions = false,
      usageHelpAutoWidth = true)
  static final class Snapshot extends Of {
    @Override
    int run(ClusterNodes nodes) throws IOException {
      out().println(nodes.askGiven("KV.CLUSTER", "SNAPSHOT"));
      return 0;
    }
  }
}
