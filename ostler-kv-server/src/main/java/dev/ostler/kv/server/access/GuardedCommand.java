package dev.ostler.kv.server.access;

import dev.ostler.kv.server.args.Args;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A command or subcommand, as far as access rules are about it. Immutable; any thread. */
public interface GuardedCommand {
  /** All there are. Immutable; any thread. */
  interface Table {
    /** How many there are: their numbers are below that. */
    int size();

    /** All commands and subcommands. */
    Collection<? extends GuardedCommand> guarded();

    /** The one of this full name, whatever its case; null if there is none. */
    @Nullable GuardedCommand findFull(String name);
  }

  /** Lower case; of a subcommand with its command's before it, as in {@code client|list}. */
  String fullName();

  /** Its place among all commands and subcommands, from 0 on. */
  int number();

  /** The classes that rules know it by, see {@link Categories}. */
  Set<String> categories();

  /** Its subcommands; empty if it has none. */
  Collection<? extends GuardedCommand> parts();

  /** Whether it is allowed before the client has authenticated itself. */
  boolean needsNoUser();

  /** Whether it is known only to be refused. */
  boolean isAbsent();

  /** The buckets among its arguments, in their order. */
  List<String> keysOf(Args args);

  /** What it does with one of these, by its place among them. */
  KeyUse useOf(Args args, int place);

  /** The channels among its arguments. */
  List<String> channelsOf(Args args);

  /** Whether those are patterns of channels, which have to be allowed literally. */
  boolean namesPatterns();
}
