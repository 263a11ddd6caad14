package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.Refusal;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.access.Account;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptLimits;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A script that one client has sent, with all its buckets locked while it runs. Its changes count
 * once it has returned. If it fails or is stopped, whatever it has done by then, they are undone.
 *
 * <p>Used by the client's process, or by the process of a bucket within EXEC. Any thread may {@link
 * #stop} it.
 */
public final class ScriptRun implements ScriptHost, CommandSpec.Work {
  private static final Logger LOG = System.getLogger("dev.ostler.kv.script");

  /** So many buckets a script may use that its keys do not name. */
  private static final int MOST_UNDECLARED = 1000;

  /** The script needs more buckets: it is undone, and runs again with them. */
  static final class MoreKeys extends Refusal {
    private final transient List<String> names;

    MoreKeys(List<String> names) {
      super("a script uses buckets that its keys do not name");
      this.names = names;
    }

    List<String> names() {
      return names;
    }
  }

  /** A script within EXEC has failed after it has changed something: EXEC is undone. */
  public static final class Undone extends Refusal {
    Undone(String why) {
      super(why);
    }

    /** The error of the script. */
    public String text() {
      return String.valueOf(getMessage());
    }
  }

  /** A message to publish once the script's changes count. */
  private record Publication(boolean sharded, String channel, String message) {}

  /** What runs. */
  public enum Kind {
    SCRIPT,
    FUNCTION
  }

  private static final int KEY_COUNT = 2;

  private final Client client;
  private final Kind kind;
  private final Script script;
  private final String name;
  private final List<String> command;
  private final List<String> keys;
  private final List<String> arguments;
  private final Set<ScriptHeader.Flag> flags;
  private final boolean readOnly;
  private final boolean inTransaction;
  private final Set<String> undeclared = new HashSet<>();
  private final long since = System.nanoTime();
  private final List<Publication> publications = new ArrayList<>();
  private @Nullable LockedBuckets buckets; // while it runs
  private @Nullable RespWriter out;
  private boolean changed;
  private boolean askedBeyond;
  private volatile boolean stopped;

  /**
   * A script that this client runs.
   *
   * @param name what errors call it
   * @param args the command: its name, what it runs, the number of keys, keys, other arguments
   * @param keyCount the number of keys
   * @param readOnly whether it must not change anything
   */
  public ScriptRun(
      Client client,
      Kind kind,
      Script script,
      String name,
      Args args,
      long keyCount,
      Set<ScriptHeader.Flag> flags,
      boolean readOnly) {
    this.client = client;
    this.kind = kind;
    this.script = script;
    this.name = name;
    int behindKeys = KEY_COUNT + 1 + Math.toIntExact(keyCount);
    this.command = args.from(0);
    this.keys = command.subList(KEY_COUNT + 1, behindKeys);
    this.arguments = command.subList(behindKeys, command.size());
    this.flags = flags;
    this.readOnly = readOnly || flags.contains(ScriptHeader.Flag.NO_WRITES);
    this.inTransaction = client.locked() != null;
  }

  /** Stops it soon. */
  void stop() {
    stopped = true;
  }

  // --- For the session

  @Override
  public void run(LockedBuckets locked, RespWriter to) {
    buckets = locked;
    out = to;
    changed = false;
    publications.clear();
    Scripts scripts = client.server().scripts();
    scripts.begin(this);
    try {
      byte[] reply = script.run(this);
      to.append(reply, reply.length);
    } catch (ScriptFailure e) {
      if (inTransaction && changed) {
        throw new Undone(e.text());
      }
      throw new CommandError(e.text());
    } finally {
      scripts.end(this);
      buckets = null;
      out = null;
    }
    if (inTransaction) {
      publish();
    }
  }

  @Override
  public void add(List<String> names) {
    undeclared.addAll(names);
    if (undeclared.size() > MOST_UNDECLARED) {
      throw new CommandError(
          "ERR a script uses more than " + MOST_UNDECLARED + " keys that are not its KEYS");
    }
  }

  @Override
  public void done() {
    publish();
    if (askedBeyond) {
      client.gate().need(client.keyspace().position());
    }
  }

  private void publish() {
    for (Publication each : publications) {
      PubSub all = client.server().pubSub();
      var _ =
          each.sharded
              ? all.publishSharded(each.channel, each.message)
              : all.publish(each.channel, each.message);
    }
    publications.clear();
  }

  // --- For the engine

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> keys() {
    return keys;
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public int protocol() {
    return client.info().protocol();
  }

  @Override
  public ScriptLimits limits() {
    return client.server().scripts().limits();
  }

  @Override
  public boolean isStopped() {
    return stopped || Thread.currentThread().isInterrupted();
  }

  @Override
  public byte[] call(List<String> words, int protocol) {
    RespWriter to = Objects.requireNonNull(out).anotherThatMayWait();
    to.protocol(protocol);
    try {
      call(Args.of(words.toArray(String[]::new)), to);
    } catch (CommandError e) {
      to.error(e.text());
    }
    return to.toBytes();
  }

  private void call(Args args, RespWriter to) {
    CommandSpec spec = admit(args);
    expectKeys(spec.keysOf(args));
    if (publishes(spec)) {
      boolean sharded = spec.fullName().startsWith("s");
      String channel = args.get(1);
      publications.add(new Publication(sharded, channel, args.get(2)));
      PubSub all = client.server().pubSub();
      to.number(sharded ? all.subscribers(PubSub.Kind.SHARDED, channel) : all.receivers(channel));
      return;
    }
    if (spec.has(Flag.WRITE)) {
      client.keyspace().admitChange(true);
    }
    int mark = to.length();
    client.performInScript(spec, args, Objects.requireNonNull(buckets), to);
    askedBeyond |= spec.tellsOfBuckets() && spec.body() instanceof CommandSpec.OfClient;
    changed |= spec.has(Flag.WRITE) && to.array()[mark] != '-';
  }

  /** The command, if the script may use it. */
  private CommandSpec admit(Args args) {
    RespServer server = client.server();
    CommandSpec spec = server.commands().lookUp(args);
    if (spec == null) {
      throw new CommandError("ERR Unknown Redis command called from script");
    }
    if (!spec.takes(args.count())) {
      throw new CommandError("ERR Wrong number of args calling Redis command from script");
    }
    if (spec.has(Flag.NOSCRIPT)
        || spec.categories().contains("blocking")
        || isBeyondUndoing(spec)) {
      throw new CommandError("ERR This Redis command is not allowed from script");
    }
    server.access().checkInScript(client, spec, args);
    if (readOnly && (spec.has(Flag.WRITE) || publishes(spec))) {
      throw new CommandError("ERR Write commands are not allowed from read-only scripts.");
    }
    if (spec.has(Flag.DENYOOM) && !flags.contains(ScriptHeader.Flag.ALLOW_OOM)) {
      server.memory().check(args);
    }
    return spec;
  }

  /** Whether the command changes what is not locked: that cannot be undone. */
  private static boolean isBeyondUndoing(CommandSpec spec) {
    return spec.body() instanceof CommandSpec.OfClient
        && spec.has(Flag.WRITE)
        && !spec.has(Flag.ABSENT);
  }

  private static boolean publishes(CommandSpec spec) {
    return spec.fullName().equals("publish") || spec.fullName().equals("spublish");
  }

  private void expectKeys(List<String> names) {
    List<String> others = new ArrayList<>();
    for (String each : names) {
      if (!keys.contains(each) && !undeclared.contains(each)) {
        others.add(each);
      }
    }
    if (others.isEmpty()) {
      return;
    }
    if (inTransaction || !client.server().scripts().allowsUndeclaredKeys()) {
      throw new CommandError(
          "ERR Script attempted to access a non local key in a cluster node: '"
              + others.getFirst()
              + "' is not one of its KEYS");
    }
    throw new MoreKeys(others);
  }

  @Override
  public boolean mayCall(List<String> words) {
    Args args = Args.of(words.toArray(String[]::new));
    CommandSpec spec = client.server().commands().lookUp(args);
    if (spec == null) {
      throw new ScriptFailure("ERR Invalid command passed to redis.acl_check_cmd()");
    }
    Account account = client.account();
    return account == null || Access.denial(account.rights(), spec, args) == null;
  }

  @Override
  public void log(Level level, String message) {
    toLog(level, message);
  }

  static void toLog(Level level, String message) {
    LOG.log(
        switch (level) {
          case DEBUG, VERBOSE -> Logger.Level.DEBUG;
          case NOTICE -> Logger.Level.INFO;
          case WARNING -> Logger.Level.WARNING;
        },
        message);
  }

  // --- For SCRIPT and FUNCTION

  Kind kind() {
    return kind;
  }

  /** The command, with its arguments. */
  public List<String> command() {
    return command;
  }

  /** How long ago the client sent it, in milliseconds. */
  public long millis() {
    return (System.nanoTime() - since) / 1_000_000;
  }
}
