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
    SLOW;

    @SuppressWarnings("EnumOrdinal") // nobody keeps these bits
    private int bit() {
      return 1 << ordinal();
    }

    /** Redis's word for it; null if it is none of Redis's. */
    public @Nullable String word() {
      return switch (this) {
        case CREATES, CREATES_LAST, TELLS_OF_ALL, SLOW, ABSENT -> null;
        default -> Bytes.lower(name());
      };
    }
  }

  /** What a command does. Writes one reply, or throws a {@link CommandError} before any change. */
  sealed interface Body {}

  /** Concerns the client, or the whole store. Runs in the client's process. */
  public non-sealed interface OfClient extends Body {
    void run(Session client, Args args, RespWriter out);
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

  /** Which of its words are keys, as in Redis: last -1 for the last word. */
  public CommandSpec keys(int first, int last, int step) {
    firstKey = first;
    lastKey = last;
    keyStep = step;
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
    return KeyUses.of(this, args, place);
  }

  @Override
  public List<String> channelsOf(Args args) {
    return switch (fullName) {
      case "subscribe", "psubscribe" -> args.from(1);
      case "publish" -> List.of(args.get(1));
      default -> List.of();
    };
  }

  @Override
  public boolean namesPatterns() {
    return name.equals("psubscribe");
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
