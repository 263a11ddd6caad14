package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a client with a cache wants to be told, by CLIENT TRACKING.
 *
 * <p>Belongs to the client's process. Any thread may {@link #tell} it something, and ask it for its
 * options.
 */
public final class Tracker {
  /**
   * Options of CLIENT TRACKING.
   *
   * @param redirect the number of the client that is told instead; 0 for none
   * @param broadcasts whether it is told of all keys with its prefixes, whoever has read them
   * @param optIn whether only keys after CLIENT CACHING YES are tracked
   * @param optOut whether keys after CLIENT CACHING NO are not tracked
   * @param noLoop whether it is not told of its own changes
   */
  public record Options(
      long redirect, boolean broadcasts, boolean optIn, boolean optOut, boolean noLoop) {}

  private final RespClient client;
  private final Tracking tracking;
  private final Subscription own; // for pushes to the client itself
  private final Set<String> prefixes = new TreeSet<>();
  private long bytes; // approximate memory of the prefixes
  private boolean chosen; // by CLIENT CACHING, for the next command

  // Any thread reads these; the client's process sets them.
  private volatile Options options;
  private volatile @Nullable Subscription redirected; // for pushes to another client
  private volatile boolean broken; // any thread sets it: that client is gone

  Tracker(RespClient client, Tracking tracking, Options options) {
    this.client = client;
    this.tracking = tracking;
    this.options = options;
    own = new Subscription(client, Invalidation.CHANNEL);
  }

  public Options options() {
    return options;
  }

  /** The prefixes of a client that is told of all keys with them. */
  public List<String> prefixes() {
    return List.copyOf(prefixes);
  }

  /** The approximate memory of its prefixes, in bytes. */
  long bytes() {
    return bytes;
  }

  /** Whether the client that is told instead is gone. */
  public boolean isBroken() {
    return broken;
  }

  /** Whether CLIENT CACHING was used, and is in effect for the next command. */
  public boolean isChosen() {
    return chosen;
  }

  /** CLIENT CACHING YES with optIn, or NO with optOut. */
  public void choose() {
    chosen = true;
  }

  /**
   * Sets the options.
   *
   * @param target the client that is told instead; null for none
   * @param more further prefixes
   */
  void set(Options next, @Nullable RespClient target, List<String> more) {
    redirected = target == null ? null : new Subscription(target, Invalidation.CHANNEL);
    broken = false;
    options = next;
    for (String prefix : more) {
      if (prefixes.add(prefix)) {
        tracking.add(prefix, this);
        bytes += ClientMemory.ofSubscription(prefix);
      }
    }
  }

  /** From now on nothing is written to the client. */
  void end() {
    own.end();
    Subscription other = redirected;
    if (other != null) {
      other.end();
    }
  }

  boolean isOf(RespClient some) {
    return client == some;
  }

  /**
   * A command is about to be done: its keys are tracked if it reads them. They are before they are
   * read, so every later change is told, after the reply to this command.
   */
  void reads(CommandSpec spec, Args args) {
    Options now = options;
    if (spec.has(Flag.READONLY) && !now.broadcasts && (now.optIn ? chosen : !chosen)) {
      spec.keysOf(args).forEach(key -> tracking.remember(key, this));
    }
  }

  /** A command was done or refused; null if it is not known. What was chosen was for it. */
  void done(@Nullable CommandSpec spec, boolean inTransaction) {
    if (chosen && !inTransaction && (spec == null || !spec.fullName().startsWith("client|"))) {
      chosen = false;
    }
  }

  /** Tells the client, or the one that is told instead; never waits. */
  void tell(Invalidation what) {
    Subscription other = redirected;
    if (other == null) {
      if (client.info().protocol() > 2) {
        own.push(what.push());
      }
      return;
    }
    RespClient target = other.client();
    if (!target.isAlive()) {
      broken = true;
      if (client.info().protocol() > 2) {
        own.push(gone(target.info().id()));
      }
    } else if (target.info().protocol() > 2) {
      other.push(what.push());
    } else if (target.info().isSubscriber()) {
      other.push(what.message());
    }
  }

  private static Message gone(long id) {
    var out = new RespWriter(3);
    out.push(2);
    out.bulk("tracking-redir-broken");
    out.number(id);
    return new Message(out.toBytes());
  }

  /**
   * Checks that these prefixes may be added.
   *
   * @throws CommandError if the client would be told of a key twice
   */
  public static void expectApart(@Nullable Tracker known, List<String> more) {
    for (int i = 0; i < more.size(); i++) {
      String prefix = more.get(i);
      for (String other : known == null ? Set.<String>of() : known.prefixes) {
        if (overlap(prefix, other)) {
          throw overlap(prefix, "an existing", other);
        }
      }
      for (String other : more.subList(i + 1, more.size())) {
        if (overlap(prefix, other)) {
          throw overlap(prefix, "another provided", other);
        }
      }
    }
  }

  private static boolean overlap(String one, String other) {
    return one.startsWith(other) || other.startsWith(one);
  }

  private static CommandError overlap(String prefix, String which, String other) {
    return new CommandError(
        "ERR Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap."
            .formatted(prefix, which, other));
  }
}
