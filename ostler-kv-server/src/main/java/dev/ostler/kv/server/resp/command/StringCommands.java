package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/**
 * SET, GET and other commands on a bucket with a value, as a whole.
 *
 * <p>The bodies run in the bucket's process.
 */
final class StringCommands {
  private StringCommands() {}

  static void addTo(CommandTable table) {
    add(table, "get", 2, KeyUse.READS, StringCommands::get, Flag.READONLY, Flag.FAST)
        .doc("string", "1.0.0", "Returns the value of a key.");
    add(table, "getdel", 2, KeyUse.READS_AND_DELETES, StringCommands::getdel, Flag.WRITE, Flag.FAST)
        .doc("string", "6.2.0", "Returns the value of a key, and deletes the key.");
    add(table, "getex", -2, KeyUse.READS_AND_UPDATES, StringCommands::getex, Flag.WRITE, Flag.FAST)
        .note("RW and UPDATE because it changes the TTL")
        .doc("string", "6.2.0", "Returns the value of a key, and sets its deadline.");
    add(table, "strlen", 2, KeyUse.LOOKS, StringCommands::strlen, Flag.READONLY, Flag.FAST)
        .doc("string", "2.2.0", "Returns the length of the value of a key.");
    add(
            table,
            "set",
            -3,
            KeyUse.READS_AND_UPDATES,
            StringCommands::set,
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.CREATES)
        .keysIf(args -> !tellsOld(args), KeyUse.REPLACES)
        .note("RW and ACCESS due to the optional `GET` argument")
        .doc("string", "1.0.0", "Sets the value of a key, whatever its type was.");
    add(
            table,
            "setex",
            4,
            KeyUse.REPLACES,
            setter("setex", Expiry.EX),
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.CREATES)
        .doc("string", "2.0.0", "Sets the value of a key, and its time to live in seconds.");
    add(
            table,
            "psetex",
            4,
            KeyUse.REPLACES,
            setter("psetex", Expiry.PX),
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.CREATES)
        .doc("string", "2.6.0", "Sets the value of a key, and its time to live in milliseconds.");
    Flag[] writes = {Flag.WRITE, Flag.DENYOOM, Flag.FAST, Flag.CREATES};
    add(table, "setnx", 3, KeyUse.INSERTS, StringCommands::setnx, writes)
        .doc("string", "1.0.0", "Sets the value of a key that does not exist.");
    add(table, "getset", 3, KeyUse.READS_AND_UPDATES, StringCommands::getset, writes)
        .doc("string", "1.0.0", "Sets the value of a key, and returns its previous value.");
  }

  /** Adds a command on one value, whose key is the first argument. */
  static CommandSpec add(
      CommandTable table,
      String name,
      int arity,
      KeyUse use,
      CommandSpec.OfBucket body,
      Flag... flags) {
    return table.add(new CommandSpec(name, arity, body, flags)).keys(1, 1, 1, use).in("string");
  }

  /** Whether SET has the option GET, or tells by a condition what the value was. */
  private static boolean tellsOld(Args args) {
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "get") || Condition.begins(args, i)) {
        return true;
      }
    }
    return false;
  }

  // --- What commands on values have in common

  /** The value; null if there is no such bucket. Throws an error for a hash. */
  static @Nullable String text(Entries bucket) {
    Object value = value(bucket);
    return value == null ? null : Stored.text(value);
  }

  /** As {@link #text}, in the form in which buckets {@linkplain Stored store} it. */
  static @Nullable Object value(Entries bucket) {
    Object value = bucket.value();
    if (value == null && bucket.exists()) {
      throw CommandError.wrongType();
    }
    return value;
  }

  /** Like {@link #value}, for a command that may write: a missing bucket is reported as missed. */
  private static @Nullable Object read(Entries bucket) {
    Object value = value(bucket);
    if (value == null) {
      bucket.tellMiss();
    }
    return value;
  }

  /** Replaces the content of the bucket by the value that is this argument, without a deadline. */
  static void replace(Entries bucket, Args args, int index) {
    bucket.set(args, index);
    goesAt(bucket, 0);
    bucket.tell('$', "set");
  }

  /** Replaces the content of the bucket by this value, without a deadline. */
  static void replace(Entries bucket, String text) {
    bucket.apply(new Change.Text(text));
    goesAt(bucket, 0);
    bucket.tell('$', "set");
  }

  /** Sets the bucket's deadline; 0 for none. */
  private static void goesAt(Entries bucket, long at) {
    if (bucket.deadline() != at) {
      bucket.apply(new Change.Deadline(at));
    }
  }

  // --- Reads

  private static void get(Entries bucket, Args args, RespWriter out) {
    out.stored(value(bucket));
  }

  private static void strlen(Entries bucket, Args args, RespWriter out) {
    Object value = value(bucket);
    out.number(value == null ? 0 : Stored.length(value));
  }

  private static void getdel(Entries bucket, Args args, RespWriter out) {
    Object value = read(bucket);
    out.stored(value);
    if (value != null) {
      drop(bucket);
    }
  }

  static void drop(Entries bucket) {
    bucket.apply(new Change.Dropped());
    bucket.tell('g', "del");
  }

  private static void getex(Entries bucket, Args args, RespWriter out) {
    Options options = Options.ofGet(args);
    Object value = read(bucket);
    if (value == null) {
      out.nil();
      return;
    }
    long now = bucket.now();
    Expiry expiry = options.expiry;
    long at = expiry == null ? 0 : expiry.ofKey(args, options.time, now, "getex");
    out.stored(value);
    if (expiry != null && at <= now) {
      drop(bucket);
    } else if (expiry != null) {
      goesAt(bucket, at);
      bucket.tell('g', "expire");
    } else if (options.persists && bucket.deadline() != 0) {
      goesAt(bucket, 0);
      bucket.tell('g', "persist");
    }
  }

  // --- Writes

  private static void set(Entries bucket, Args args, RespWriter out) {
    if (args.count() == 3) {
      replace(bucket, args, 2);
      out.ok();
      return;
    }
    Options options = Options.ofSet(args);
    Expiry expiry = options.expiry;
    long now = expiry == null ? 0 : bucket.now();
    long at = expiry == null ? 0 : expiry.ofKey(args, options.time, now, "set");
    Condition condition = options.condition;
    Object before = options.gets || condition != null ? read(bucket) : null;
    boolean allowed =
        condition != null
            ? condition.isMet(before, out)
            : bucket.exists() ? !options.ifAbsent : !options.ifThere;
    if (options.gets) {
      out.stored(before); // first, because there may be no memory for it
    } else if (allowed) {
      out.ok();
    } else {
      out.nil();
    }
    if (allowed) {
      store(bucket, args, 2, options.keeps ? bucket.deadline() : at, now);
    }
  }

  /**
   * Replaces the content of the bucket by the value that is this argument, with a deadline.
   *
   * @param now 0 if the command has no option for the deadline
   */
  private static void store(Entries bucket, Args args, int index, long at, long now) {
    bucket.set(args, index);
    goesAt(bucket, at);
    bucket.tell('$', "set");
    if (now != 0) {
      bucket.tell('g', "expire");
      if (at <= now) {
        bucket.expire(); // later commands of the transaction must not see it
      }
    }
  }

  /** SETEX in one of its two forms. */
  private static CommandSpec.OfBucket setter(String name, Expiry expiry) {
    return (bucket, args, out) -> {
      long now = bucket.now();
      store(bucket, args, 3, expiry.ofKey(args, 2, now, name), now);
      out.ok();
    };
  }

  private static void setnx(Entries bucket, Args args, RespWriter out) {
    boolean allowed = !bucket.exists();
    if (allowed) {
      replace(bucket, args, 2);
    }
    out.number(allowed ? 1 : 0);
  }

  private static void getset(Entries bucket, Args args, RespWriter out) {
    Object before = read(bucket);
    out.stored(before); // first, because there may be no memory for it
    replace(bucket, args, 2);
  }

  /** The options of SET after the value, and of GETEX after the key. */
  private static final class Options {
    private boolean ifAbsent;
    private boolean ifThere;
    private boolean gets;
    private boolean keeps;
    private boolean persists;
    private @Nullable Condition condition;
    private @Nullable Expiry expiry;
    private int time; // the index of its number

    static Options ofSet(Args args) {
      var options = new Options();
      for (int i = 3; i < args.count(); i++) {
        if (args.is(i, "nx") && !options.ifThere && options.condition == null) {
          options.ifAbsent = true;
        } else if (args.is(i, "xx") && !options.ifAbsent && options.condition == null) {
          options.ifThere = true;
        } else if (args.is(i, "get")) {
          options.gets = true;
        } else if (args.is(i, "keepttl") && options.expiry == null) {
          options.keeps = true;
        } else if (Condition.begins(args, i)) {
          options.condition(args, i++);
        } else {
          options.expiry(args, i++);
        }
      }
      return options;
    }

    /** Reads a condition, which is the only one. */
    private void condition(Args args, int index) {
      Condition found = ifAbsent || ifThere || condition != null ? null : Condition.of(args, index);
      if (found == null) {
        throw CommandError.syntax();
      }
      condition = found;
    }

    static Options ofGet(Args args) {
      var options = new Options();
      for (int i = 2; i < args.count(); i++) {
        if (args.is(i, "persist") && options.expiry == null) {
          options.persists = true;
        } else {
          options.expiry(args, i++);
        }
      }
      return options;
    }

    /**
     * Reads an option for the deadline. It may be repeated, but not combined with a different one.
     */
    private void expiry(Args args, int index) {
      Expiry word = Expiry.of(args, index);
      boolean fits = expiry == null || expiry == word;
      if (word == null || !fits || keeps || persists || index + 1 == args.count()) {
        throw CommandError.syntax();
      }
      expiry = word;
      time = index + 1;
    }
  }
}
