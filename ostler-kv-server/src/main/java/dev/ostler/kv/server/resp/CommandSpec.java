package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.GuardedCommand;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One RESP command: its description for users, its constraints, and its body. Immutable once the
 * {@link CommandTable} is made; any thread may use it.
 */
public final class CommandSpec implements GuardedCommand {
  /** A property of a command. The flags up to {@link #MOVABLEKEYS} are Redis's. */
  public enum Flag {
    WRITE,
    READONLY,
    DENYOOM,
    ADMIN,
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    /** Allowed before the client has authenticated. */
    NO_AUTH,
    /** Not allowed between MULTI and EXEC. */
    NO_MULTI,
    /** Redis's flag. No script stops other clients, so it has no effect. */
    ALLOW_BUSY,
    /** Redis's flag. No data is loaded while the server runs, so it has no effect. */
    NO_ASYNC_LOADING,
    /** Not in SLOWLOG; the commands that it runs are. */
    SKIP_SLOWLOG,
    BLOCKING,
    /** Redis's flag: MONITOR does not show it. */
    SKIP_MONITOR,
    /** Redis's flag: it may have no keys. */
    NO_MANDATORY_KEYS,
    /** Redis's flag: its arguments say where its keys are. */
    MOVABLEKEYS,
    /** Unsupported: known to access rules, refused, and not listed by COMMAND. */
    ABSENT,
    /** Creates the buckets of its keys if they are missing. Not shown to users. */
    CREATES,
    /** Creates the bucket of its last key if it is missing. Not shown to users. */
    CREATES_LAST,
    /** Creates the bucket of its first key if it is missing. Not shown to users. */
    CREATES_FIRST,
    /** Its reply depends on buckets, although it has no keys. Not shown to users. */
    TELLS_OF_ALL,
    /** May take long: never runs on a thread that serves other clients. Not shown to users. */
    SLOW,
    /** Runs at once between MULTI and EXEC, and is not queued. Not shown to users. */
    AT_ONCE,
    /** Runs the queued commands. If it is refused, they are discarded. Not shown to users. */
    RUNS_QUEUE,
    /** Allowed for a client of protocol 2 with subscriptions. Not shown to users. */
    WHILE_SUBSCRIBED,
    /** CLIENT REPLY does not suppress its replies, because they are pushes. Not shown to users. */
    REPLIES_ARE_PUSHES;

    @SuppressWarnings("EnumOrdinal") // these bits are never stored
    private int bit() {
      return 1 << ordinal();
    }

    /** Redis's name of the flag; null if Redis does not have it. */
    public @Nullable String word() {
      return switch (this) {
        case ABSENT, CREATES, CREATES_LAST, CREATES_FIRST, TELLS_OF_ALL, SLOW -> null;
        case AT_ONCE, RUNS_QUEUE, WHILE_SUBSCRIBED, REPLIES_ARE_PUSHES -> null;
        default -> Bytes.lower(name());
      };
    }
  }

  /** Which of its arguments are channels. */
  public enum Channels {
    NONE,
    FIRST,
    ALL,
    /** All arguments, and they are patterns. */
    ALL_PATTERNS
  }

  /** Tells which arguments are or may be passwords. */
  public interface Secret {
    boolean isSecret(Args args, int index);
  }

  /**
   * What a command does. It writes one reply, or throws a {@link CommandError} before it changes
   * anything.
   */
  sealed interface Body {}

  /**
   * A command on the client or the whole store. Runs in the client's process, or, within EXEC, in
   * the process of a bucket, for which the client's process waits.
   */
  public non-sealed interface OfClient extends Body {
    void run(Client client, Args args, RespWriter out);
  }

  /**
   * A command on the bucket that its first key names. Runs in the bucket's process. If the bucket
   * does not exist and the command does not create it, it runs on the calling thread with empty
   * entries, which it must not change.
   */
  public non-sealed interface OfBucket extends Body {
    void run(Entries bucket, Args args, RespWriter out);
  }

  /**
   * A command on all buckets that its keys name, at one moment. Runs while all of them are locked.
   */
  public non-sealed interface OfBuckets extends Body {
    void run(LockedBuckets buckets, Args args, RespWriter out);
  }

  /**
   * A command on each bucket that its keys name separately, all at one moment. The reply is how
   * many buckets count. It must not change a bucket that does not exist. Runs in the bucket's
   * process if there is one key, otherwise while all buckets are locked.
   */
  public non-sealed interface OfEach extends Body {
    /** Runs on one bucket; true if the bucket counts. */
    boolean on(Entries bucket);

    /** Runs on each of these buckets; returns how many count. */
    default int onAll(List<String> keys, LockedBuckets buckets) {
      int counted = 0;
      for (String key : keys) {
        counted += on(buckets.get(key)) ? 1 : 0;
      }
      return counted;
    }
  }

  /** A script. It runs while all buckets that its keys name are locked. */
  public non-sealed interface OfScript extends Body {
    /**
     * What is to be done, on a thread that may take long. Called in the client's process, before
     * anything is locked; within EXEC, when the buckets of all commands are locked.
     */
    Work prepare(Client client, Args args);
  }

  /** A script that is to be run. */
  public interface Work {
    /**
     * Runs it. If it throws anything, its changes are undone.
     *
     * @param buckets all buckets that it may use
     */
    void run(LockedBuckets buckets, RespWriter out);

    /** It runs again with the buckets of these names, too. */
    void add(List<String> names);

    /** Its changes count from now on. */
    void done();
  }

  /** The use of all keys if the arguments match. */
  private record Variant(Predicate<Args> when, KeyUse use) {}

  private final String name;
  private String fullName;
  private int number = -1;
  private boolean subcommand;
  private final int arity;
  private final Body body;
  private final Set<Flag> flags;
  private final int flagBits; // the flags again, for a fast look-up
  private int firstKey;
  private int lastKey;
  private int keyStep;
  private int keyCountAt; // the argument that is the number of keys; 0: none
  // of the keys in order; the last use holds for all further keys
  private List<KeyUse> uses = List.of();
  private @Nullable Variant variant;
  private @Nullable String note;
  private boolean keysOnlyShown; // COMMAND shows arguments as keys that name no bucket
  private Channels channels = Channels.NONE;
  private Secret secret = (args, index) -> false;
  private final Set<String> categories = new TreeSet<>();
  private String group = "generic";
  private String since = "1.0.0";
  private String summary = "";
  private final Map<String, CommandSpec> subcommands = new LinkedHashMap<>();

  /** Arity as in Redis: it counts the name, and is negative if more arguments are allowed. */
  public CommandSpec(String name, int arity, Body body, Flag... flags) {
    this.name = name;
    this.fullName = name;
    this.arity = arity;
    this.body = body;
    this.flags = EnumSet.noneOf(Flag.class);
    this.flags.addAll(List.of(flags));
    this.flagBits = this.flags.stream().mapToInt(Flag::bit).sum();
    if (has(Flag.WRITE)) {
      categories.add("write");
    }
    if (has(Flag.READONLY)) {
      categories.add("read");
    }
    if (has(Flag.ADMIN)) {
      categories.add("admin");
      categories.add("dangerous");
    }
    if (has(Flag.PUBSUB)) {
      categories.add("pubsub");
    }
    if (has(Flag.BLOCKING)) {
      categories.add("blocking");
    }
    categories.add(has(Flag.FAST) ? "fast" : "slow");
  }

  // --- Made by the table

  /**
   * The same command for users, with another body: one that refuses at once, also between MULTI and
   * EXEC.
   */
  CommandSpec refusing(OfClient refusal) {
    var all = EnumSet.of(Flag.AT_ONCE);
    all.addAll(flags);
    var copy = new CommandSpec(name, arity, refusal, all.toArray(Flag[]::new));
    copy.describeAs(this);
    return copy;
  }

  /** The same command, with these subcommands. */
  CommandSpec holding(Collection<CommandSpec> parts) {
    var copy = new CommandSpec(name, arity, body, flags.toArray(Flag[]::new));
    copy.describeAs(this);
    parts.forEach(part -> copy.subcommands.put(part.name, part));
    return copy;
  }

  private void describeAs(CommandSpec other) {
    fullName = other.fullName;
    subcommand = other.subcommand;
    firstKey = other.firstKey;
    lastKey = other.lastKey;
    keyStep = other.keyStep;
    keyCountAt = other.keyCountAt;
    uses = other.uses;
    variant = other.variant;
    note = other.note;
    keysOnlyShown = other.keysOnlyShown;
    channels = other.channels;
    secret = other.secret;
    categories.addAll(other.categories);
    group = other.group;
    since = other.since;
    summary = other.summary;
  }

  /**
   * Sets which arguments are keys, as in Redis (last is -1 for the last argument), and how the
   * command uses them. Access rules follow from that: a command whose reply tells a value
   * {@linkplain KeyUse#READS reads} its key, even if it also writes it.
   *
   * @param first the use of the first key
   * @param others the uses of the next keys; the last use holds for all further keys
   */
  public CommandSpec keys(int from, int to, int step, KeyUse first, KeyUse... others) {
    firstKey = from;
    lastKey = to;
    keyStep = step;
    uses = new ArrayList<>(List.of(first));
    uses.addAll(List.of(others));
    return this;
  }

  /** Sets which argument is the number of keys, which are behind it, and how they are used. */
  public CommandSpec keysByCount(int place, KeyUse use) {
    keyCountAt = place;
    uses = List.of(use);
    return this;
  }

  /** Uses its keys differently if the arguments match. */
  public CommandSpec keysIf(Predicate<Args> when, KeyUse use) {
    variant = new Variant(when, use);
    return this;
  }

  /**
   * Sets which arguments COMMAND shows where keys are, so that clients of several servers choose
   * one by them. They name no buckets.
   */
  public CommandSpec keysOnlyShown(int from, int to, int step) {
    keysOnlyShown = true;
    return keys(from, to, step, KeyUse.NONE);
  }

  /** Sets the note in COMMAND INFO about the use of the keys. */
  public CommandSpec note(String text) {
    note = text;
    return this;
  }

  /** Sets which of its arguments are channels. */
  public CommandSpec channels(Channels which) {
    channels = which;
    return this;
  }

  /** Sets which of its arguments must not be shown to others. */
  public CommandSpec secret(Secret which) {
    secret = which;
    return this;
  }

  /** Adds categories to those that its flags imply. */
  public CommandSpec in(String... names) {
    categories.addAll(List.of(names));
    return this;
  }

  /**
   * Sets the reply to COMMAND DOCS: its group, the version of Redis that introduced it, and a
   * summary of one sentence.
   */
  public CommandSpec doc(String newGroup, String newSince, String newSummary) {
    group = newGroup;
    since = newSince;
    summary = newSummary;
    return this;
  }

  /** Adds a subcommand. */
  public CommandSpec with(CommandSpec subcommand) {
    subcommands.put(subcommand.name, subcommand);
    subcommand.fullName = name + "|" + subcommand.name;
    subcommand.group = group;
    subcommand.subcommand = true;
    return this;
  }

  /** Sets its number among all commands and subcommands, from 0 on. */
  void number(int place) {
    number = place;
  }

  // --- Asked by anybody

  /** The name in lower case, without the command's name in front if it is a subcommand. */
  public String name() {
    return name;
  }

  @Override
  public String fullName() {
    return fullName;
  }

  boolean isSubcommand() {
    return subcommand;
  }

  @Override
  public int number() {
    return number;
  }

  public int arity() {
    return arity;
  }

  public Body body() {
    return body;
  }

  public boolean has(Flag flag) {
    return (flagBits & flag.bit()) != 0;
  }

  /** Whether it reads or changes buckets. */
  public boolean needsBuckets() {
    return !has(Flag.ABSENT) && (hasKeys() || !(body instanceof OfClient) || tellsOfBuckets());
  }

  /**
   * Whether the reply of a {@linkplain OfClient command on the client or the store} depends on
   * changes of other clients. EXEC records itself what it depends on.
   */
  boolean tellsOfBuckets() {
    return has(Flag.READONLY) || has(Flag.WRITE) || has(Flag.TELLS_OF_ALL);
  }

  public Set<Flag> flags() {
    return flags;
  }

  /** Whether arguments of it can be keys. */
  public boolean hasKeys() {
    return keyCountAt != 0 || (firstKey != 0 && !keysOnlyShown);
  }

  public int firstKey() {
    return firstKey;
  }

  /** The argument that is the number of keys; 0 if there is none. */
  public int keyCountAt() {
    return keyCountAt;
  }

  public int lastKey() {
    return lastKey;
  }

  public int keyStep() {
    return keyStep;
  }

  @Override
  public Set<String> categories() {
    return categories;
  }

  public String group() {
    return group;
  }

  public String since() {
    return since;
  }

  public String summary() {
    return summary;
  }

  @Override
  public Collection<CommandSpec> parts() {
    return subcommands.values();
  }

  @Override
  public boolean needsNoUser() {
    return has(Flag.NO_AUTH);
  }

  @Override
  public boolean isAbsent() {
    return has(Flag.ABSENT);
  }

  @Override
  public KeyUse useOf(Args args, int place) {
    Variant other = variant;
    return other != null && other.when.test(args) ? other.use : useOfKey(place);
  }

  /** How it uses the key at this index, unless its arguments make a difference. */
  public KeyUse useOfKey(int place) {
    return uses.get(Math.min(place, uses.size() - 1));
  }

  /** Whether its other arguments make a difference to that. */
  public boolean usesKeysByArguments() {
    return variant != null;
  }

  /** The note in COMMAND INFO about the use of the keys; null for none. */
  public @Nullable String note() {
    return note;
  }

  /** Whether this argument must not be shown to others. */
  boolean isSecret(Args args, int index) {
    return secret.isSecret(args, index);
  }

  @Override
  public List<String> channelsOf(Args args) {
    return switch (channels) {
      case NONE -> List.of();
      case FIRST -> List.of(args.get(1));
      case ALL, ALL_PATTERNS -> args.from(1);
    };
  }

  @Override
  public boolean namesPatterns() {
    return channels == Channels.ALL_PATTERNS;
  }

  public Map<String, CommandSpec> subcommands() {
    return subcommands;
  }

  public boolean takes(int words) {
    return arity >= 0 ? words == arity : words >= -arity;
  }

  @Override
  public List<String> keysOf(Args args) {
    if (keyCountAt != 0) {
      return countedKeys(args);
    }
    if (!hasKeys()) {
      return List.of();
    }
    int last = lastKey < 0 ? args.count() + lastKey : lastKey;
    if (last == firstKey) {
      return firstKey < args.count() ? List.of(args.get(firstKey)) : List.of();
    }
    var keys = new ArrayList<String>();
    for (int i = firstKey; i <= last && i < args.count(); i += keyStep) {
      keys.add(args.get(i));
    }
    return keys;
  }

  private List<String> countedKeys(Args args) {
    if (keyCountAt >= args.count()) {
      return List.of();
    }
    Long count = Bytes.number(args.get(keyCountAt));
    int most = args.count() - keyCountAt - 1;
    return count == null || count < 0 || count > most // the command refuses these arguments
        ? List.of()
        : args.from(keyCountAt + 1).subList(0, Math.toIntExact(count));
  }

  /** The keys among these arguments whose buckets it creates if they are missing. */
  List<String> createdBy(Args args) {
    if (has(Flag.CREATES_LAST)) {
      return List.of(args.get(lastKey));
    }
    if (has(Flag.CREATES_FIRST)) {
      return List.of(args.get(firstKey));
    }
    return has(Flag.CREATES) ? keysOf(args) : List.of();
  }

  @Override
  public String toString() {
    return name;
  }
}
