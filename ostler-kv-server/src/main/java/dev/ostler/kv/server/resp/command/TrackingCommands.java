package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.ClientMemory;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Tracker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR: what a client with a cache is told. The
 * bodies run in the client's process.
 */
final class TrackingCommands {
  private static final Flag[] USUAL = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

  private TrackingCommands() {}

  static void addTo(CommandSpec client) {
    client
        .with(
            sub("tracking", -3, TrackingCommands::tracking)
                .doc("connection", "6.0.0", "Sets what the connection is told for its cache."))
        .with(
            sub("trackinginfo", 2, TrackingCommands::info)
                .doc("connection", "6.2.0", "Returns what the connection is told for its cache."))
        .with(
            sub("caching", 3, TrackingCommands::caching)
                .doc(
                    "connection",
                    "6.0.0",
                    "Sets whether the keys of the next command are tracked."))
        .with(
            sub("getredir", 2, TrackingCommands::redirect)
                .doc(
                    "connection",
                    "6.0.0",
                    "Returns the client that is told instead of this connection."));
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body) {
    return new CommandSpec(name, arity, body, USUAL).in("connection");
  }

  // --- CLIENT TRACKING

  private static void tracking(Client self, Args args, RespWriter out) {
    List<String> prefixes = new ArrayList<>();
    Tracker.Options options = options(self, args, prefixes);
    if (args.is(2, "on")) {
      on(self, args, options, prefixes);
    } else if (args.is(2, "off")) {
      self.untrack();
    } else {
      throw CommandError.syntax();
    }
    out.ok();
  }

  private static Tracker.Options options(Client self, Args args, List<String> prefixes) {
    long redirect = 0;
    boolean broadcasts = false;
    boolean optIn = false;
    boolean optOut = false;
    boolean noLoop = false;
    for (int i = 3; i < args.count(); i++) {
      boolean isFollowed = i + 1 < args.count();
      if (args.is(i, "redirect") && isFollowed) {
        redirect = redirect(self, args, ++i, redirect);
      } else if (args.is(i, "prefix") && isFollowed) {
        prefixes.add(args.get(++i));
      } else if (args.is(i, "bcast")) {
        broadcasts = true;
      } else if (args.is(i, "optin")) {
        optIn = true;
      } else if (args.is(i, "optout")) {
        optOut = true;
      } else if (args.is(i, "noloop")) {
        noLoop = true;
      } else {
        throw CommandError.syntax();
      }
    }
    return new Tracker.Options(redirect, broadcasts, optIn, optOut, noLoop);
  }

  private static long redirect(Client self, Args args, int index, long before) {
    if (before != 0) {
      throw new CommandError("ERR A client can only redirect to a single other client");
    }
    long id = args.integer(index);
    if (!self.server().clients().containsKey(id)) {
      throw new CommandError("ERR The client ID you want redirect to does not exist");
    }
    return id;
  }

  private static void on(Client self, Args args, Tracker.Options options, List<String> prefixes) {
    Tracker known = self.tracker();
    expectFitting(options, known == null ? null : known.options(), !prefixes.isEmpty());
    boolean ofAll = options.broadcasts() && prefixes.isEmpty();
    if (options.broadcasts()) {
      Tracker.expectApart(known, prefixes);
    }
    self.memory().take(ClientMemory.ofWatches(args)); // for all prefixes, or for none
    self.track(options, ofAll ? List.of("") : prefixes);
  }

  private static void expectFitting(
      Tracker.Options options, Tracker.@Nullable Options before, boolean hasPrefixes) {
    if (hasPrefixes && !options.broadcasts()) {
      throw new CommandError("ERR PREFIX option requires BCAST mode to be enabled");
    }
    if (before != null && before.broadcasts() != options.broadcasts()) {
      throw cannotSwitch("BCAST mode on/off");
    }
    if (options.broadcasts() && (options.optIn() || options.optOut())) {
      throw new CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (options.optIn() && options.optOut()) {
      throw new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
    }
    if (before != null
        && ((options.optIn() && before.optOut()) || (options.optOut() && before.optIn()))) {
      throw cannotSwitch("OPTIN/OPTOUT mode");
    }
  }

  private static CommandError cannotSwitch(String what) {
    return new CommandError(
        "ERR You can't switch "
            + what
            + " before disabling tracking for this client, and then re-enabling it with a"
            + " different mode.");
  }

  // --- The others

  private static void caching(Client self, Args args, RespWriter out) {
    Tracker tracker = self.tracker();
    if (tracker == null) {
      throw new CommandError(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
              + " OPTOUT mode enabled");
    }
    boolean yes = args.is(2, "yes");
    if (!yes && !args.is(2, "no")) {
      throw CommandError.syntax();
    }
    if (yes ? !tracker.options().optIn() : !tracker.options().optOut()) {
      throw new CommandError(
          yes
              ? "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
              : "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    tracker.choose();
    out.ok();
  }

  private static void redirect(Client self, Args args, RespWriter out) {
    out.number(redirect(self.tracker()));
  }

  private static long redirect(@Nullable Tracker tracker) {
    return tracker == null ? -1 : tracker.options().redirect();
  }

  private static void info(Client self, Args args, RespWriter out) {
    Tracker tracker = self.tracker();
    List<String> flags = tracker == null ? List.of("off") : flags(tracker);
    List<String> prefixes = tracker == null ? List.of() : tracker.prefixes();
    out.map(3);
    out.bulk("flags");
    out.set(flags.size());
    flags.forEach(out::bulk);
    out.bulk("redirect");
    out.number(redirect(tracker));
    out.bulk("prefixes");
    out.array(prefixes.size());
    prefixes.forEach(out::bulk);
  }

  private static List<String> flags(Tracker tracker) {
    Tracker.Options options = tracker.options();
    var flags = new ArrayList<String>();
    flags.add("on");
    add(flags, options.broadcasts(), "bcast");
    add(flags, options.optIn(), "optin");
    add(flags, options.optIn() && tracker.isChosen(), "caching-yes");
    add(flags, options.optOut(), "optout");
    add(flags, options.optOut() && tracker.isChosen(), "caching-no");
    add(flags, options.noLoop(), "noloop");
    add(flags, tracker.isBroken(), "broken_redirect");
    return flags;
  }

  private static void add(List<String> flags, boolean isSet, String flag) {
    if (isSet) {
      flags.add(flag);
    }
  }
}
