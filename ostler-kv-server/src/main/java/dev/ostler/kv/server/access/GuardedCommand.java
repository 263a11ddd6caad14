package dev.ostler.kv.server.access;

import dev.ostler.kv.server.args.Args;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What access rules need to know about a command or subcommand. Immutable; any thread may use it.
 */
public interface GuardedCommand {
  /** All commands. Immutable; any thread may use it. */
  interface Table {
    /** The number of commands and subcommands. Every {@link #number} is below it. */
    int size();

    /** All commands and subcommands. */
    Collection<? extends GuardedCommand> guarded();

    /** The command with this full name, in any case; null if there is none. */
    @Nullable GuardedCommand findFull(String name);
  }

  /**
   * The name in lower case. A subcommand's has its command's name in front, as in {@code
   * client|list}.
   */
  String fullName();

  /** A number from 0 on, unique among all commands and subcommands. */
  int number();

  /** The categories that rules name it by, see {@link Categories}. */
  Set<String> categories();

  /** Its subcommands; empty if it has none. */
  Collection<? extends GuardedCommand> parts();

  /** Whether a client may use it before it has authenticated. */
  boolean needsNoUser();

  /** Whether the command is unsupported: it is only known so that it can be refused. */
  boolean isAbsent();

  /** The keys among its arguments, in their order. Each key names a bucket. */
  List<String> keysOf(Args args);

  /** How it uses the key at this index of {@link #keysOf}. */
  KeyUse useOf(Args args, int place);

  /** The channels among its arguments. */
  List<String> channelsOf(Args args);

  /** Whether its channels are patterns. A rule must allow a pattern literally. */
  boolean namesPatterns();
}
