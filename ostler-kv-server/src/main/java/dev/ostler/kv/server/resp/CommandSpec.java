package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Held;
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
 * One RESP command: what users are told of it, what it may be used for, and what it does. Immutable
 * once the {@link CommandTable} is made; any thread.
 */
public final class CommandSpec implements GuardedCommand {
  /** What is particular about a command. */
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
    /** Allowed before the client has authenticated itself. */
    NO_AUTH,
    /** Not allowed between MULTI and EXEC. */
    NO_MULTI,
    /** As Redis says it; nothing here is ever busy with a script. */
    ALLOW_BUSY,
    /** As Redis says it; nothing here is loaded while it is used. */
    NO_ASYNC_LOADING,
    /** Not in SLOWLOG: what it does is there. */
    SKIP_SLOWLOG,
    BLOCKING,
    /** Known to Redis and to access rules, and refused: COMMAND does not tell of it. */
    ABSENT,
    /** Its keys become buckets, where there are none yet. Not shown to users. */
    CREATES,
    /** Its last key alone becomes a bucket, if there is none yet. Not shown to users. */
    CREATES_LAST,
    /** Its reply tells of buckets, though it has no keys. Not shown to users. */
    TELLS_OF_ALL,
    /** May take long: never done on a thread that serves other clients. Not shown to users. */
    SLOW,
    /** Done at once between MULTI and EXEC, not queued. Not shown to users. */
    AT_ONCE,
    /**
     * Does all that was queued since MULTI: if it is refused, that is dropped. Not shown to users.
     */
    RUNS_QUEUE,
    /** Allowed to a client of protocol 2 that listens to channels. Not shown to users. */
    WHILE_SUBSCRIBED,
    /** CLIENT REPLY does not suppress its replies: they are pushes. Not shown to users. */
    REPLIES_ARE_PUSHES;

    @SuppressWarnings("EnumOrdinal") // nobody keeps these bits
    private int bit() {
      return 1 << ordinal();
    }

    /** Redis's word for it; null if it is none of Redis's. */
    public @Nullable String word() {
      return switch (this) {
        case ABSENT, CREATES, CREATES_LAST, TELLS_OF_ALL, SLOW -> null;
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
    /** All, and they are patterns. */
    ALL_PATTERNS
  }

  /** Which of its arguments are passwords, or may be. */
  public interface Secret {
    boolean isSecret(Args args, int index);
  }

  /** What a command does. Writes one reply, or throws a {@link CommandError} before any change. */
  sealed interface Body {}

  /** Concerns the client, or the whole store. Runs in the client's process. */
  public non-sealed interface OfClient extends Body {
    void run(Client client, Args args, RespWriter out);
  }

  /**
   * Concerns the bucket that the first key names. Runs in the bucket's process, or, if there is no
   * such bucket and the command does not create one, with entries that are not there and that must
   * not be changed.
   */
  public non-sealed interface OfBucket extends Body {
    void run(Entries bucket, Args args, RespWriter out);
  }

  /** Concerns all buckets that its keys name, at one moment. Runs while it holds them all. */
  public non-sealed interface OfBuckets extends Body {
    void run(Held buckets, Args args, RespWriter out);
  }

  /**
   * Concerns each bucket that its keys name, all of them at one moment, and each on its own: the
   * reply is how many it counts. One that is not there must not be changed. Runs in the bucket's
   * process if there is but one key, else while it holds them all.
   */
  public non-sealed interface OfEach extends Body {
    /** Does it to one bucket; whether that one counts. */
    boolean on(Entries bucket);

    /** Does it to each of these. */
    default int onAll(List<String> keys, Held buckets) {
      int counted = 0;
      for (String key : keys) {
        counted += on(buckets.get(key)) ? 1 : 0;
      }
      return counted;
    }
  }

  private final String name;
  private String fullName;
  private int number = -1;
  private boolean subcommand;
  private final int arity;
  private final Body body;
  private final Set<Flag> flags;
  private final int flagBits; // the same, for who is in a hurry
  private int firstKey;
  private int lastKey;
  private int keyStep;
  private List<KeyUse> uses = List.of(); // of the keys in their order; the last one of all others
  private @Nullable Predicate<Args> usesAnother;
  private @Nullable KeyUse anotherUse; // with such arguments
  private @Nullable String note;
  private Channels channels = Channels.NONE;
  private Secret secret = (args, index) -> false;
  private final Set<String> categories = new TreeSet<>();
  private String group = "generic";
  private String since = "1.0.0";
  private String summary = "";
  private final Map<String, CommandSpec> subcommands = new LinkedHashMap<>();

  /** Arity as in Redis: with the name, and negative if there may be more words. */
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
  // --------------------------------------------------------------------------

  /**
   * Which of its words are keys, as in Redis (last is -1 for the last word), and what it does with
   * them. Access rules follow from that: a command whose reply tells of a value {@linkplain
   * KeyUse#READS reads} its key, also if it is there to write.
   *
   * @param first the use of the first key
   * @param others those of the keys after it; the last use is that of all further keys
   */
  public CommandSpec keys(int from, int to, int step, KeyUse first, KeyUse... others) {
    firstKey = from;
    lastKey = to;
    keyStep = step;
    uses = new ArrayList<>(List.of(first));
    uses.addAll(List.of(others));
    return this;
  }

  /** With such arguments it uses its keys in this way instead. */
  public CommandSpec keysIf(Predicate<Args> when, KeyUse use) {
    usesAnother = when;
    anotherUse = use;
    return this;
  }

  /** What COMMAND INFO adds to how it uses its keys. */
  public CommandSpec note(String text) {
    note = text;
    return this;
  }

  /** Which of its arguments are channels. */
  public CommandSpec channels(Channels which) {
    channels = which;
    return this;
  }

  /** Which of its arguments must not be shown to others. */
  public CommandSpec secret(Secret which) {
    secret = which;
    return this;
  }

  /** The classes access rules know it by, besides those its flags imply. */
  public CommandSpec in(String... names) {
    categories.addAll(List.of(names));
    return this;
  }

  /** What COMMAND DOCS says: group, version of Redis, and a sentence without its full stop. */
  public CommandSpec doc(String newGroup, String newSince, String newSummary) {
    group = newGroup;
    since = newSince;
    summary = newSummary;
    return this;
  }

  /** A command of two words, of which this one is the first. */
  public CommandSpec with(CommandSpec subcommand) {
    subcommands.put(subcommand.name, subcommand);
    subcommand.fullName = name + "|" + subcommand.name;
    subcommand.group = group;
    subcommand.subcommand = true;
    return this;
  }

  /** Its place among all commands and subcommands, from 0 on. */
  void number(int place) {
    number = place;
  }

  // --- Asked by anybody
  // ---------------------------------------------------------------------------

  /** Lower case; of a subcommand only its own word. */
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

  /**
   * Whether a reply of what {@linkplain OfClient concerns all} tells of what others have changed.
   * EXEC knows better what it has seen.
   */
  boolean tellsOfBuckets() {
    return has(Flag.READONLY) || has(Flag.WRITE) || has(Flag.TELLS_OF_ALL);
  }

  public Set<Flag> flags() {
    return flags;
  }

  public int firstKey() {
    return firstKey;
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
    KeyUse another = anotherUse;
    return another != null && usesAnother != null && usesAnother.test(args)
        ? another
        : useOfKey(place);
  }

  /** What it may do with the key of this place, whatever its other arguments are. */
  public KeyUse useOfKey(int place) {
    return uses.get(Math.min(place, uses.size() - 1));
  }

  /** Whether that depends on its other arguments. */
  public boolean usesKeysByArguments() {
    return anotherUse != null;
  }

  /** What COMMAND INFO adds to how it uses its keys; null for nothing. */
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
    if (firstKey == 0) {
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

  /** Those of the keys among these words that become buckets, where there are none yet. */
  List<String> createdBy(Args args) {
    if (has(Flag.CREATES_LAST)) {
      return List.of(args.get(lastKey));
    }
    return has(Flag.CREATES) ? keysOf(args) : List.of();
  }

  @Override
  public String toString() {
    return name;
  }
}
