package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Keys;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/**
 * HGETDEL, HGETEX and HSETEX of Redis 8: values of fields together with their deadlines.
 *
 * <p>The bodies run in the bucket's process.
 */
final class HashExCommands {
  private HashExCommands() {}

  static void addTo(CommandTable table) {
    HashCommands.add(
            table,
            "hgetdel",
            -5,
            KeyUse.READS_AND_DELETES,
            HashExCommands::hgetdel,
            Flag.WRITE,
            Flag.FAST)
        .doc("hash", "8.0.0", "Returns the values of fields, and deletes the fields.");
    HashCommands.add(
            table,
            "hgetex",
            -5,
            KeyUse.READS_AND_UPDATES,
            HashExCommands::hgetex,
            Flag.WRITE,
            Flag.FAST)
        .note("RW and UPDATE because it changes the TTL")
        .doc("hash", "8.0.0", "Returns the values of fields, and sets their deadlines.");
    HashCommands.add(
            table,
            "hsetex",
            -6,
            KeyUse.UPDATES,
            HashExCommands::hsetex,
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.FAST,
            Flag.CREATES)
        .doc("hash", "8.0.0", "Sets the values of fields, and their deadlines.");
  }

  private static void hgetdel(Entries bucket, Args args, RespWriter out) {
    HashCommands.expectMap(bucket);
    int first = FieldExpiryCommands.fields(args, 2);
    boolean some = false;
    writeValues(bucket, args, first, true, out);
    for (int i = first; i < args.count(); i++) {
      if (bucket.has(args.get(i))) {
        bucket.apply(new Change.Removed(args.get(i)));
        some = true;
      }
    }
    if (some) {
      Keys.tellRemoved(bucket);
    }
  }

  /**
   * Writes the values of fields. Called before anything is changed, because there may be no memory
   * for them.
   *
   * @param once whether the value of a field that is named twice is written only once
   */
  private static void writeValues(
      Entries bucket, Args args, int first, boolean once, RespWriter out) {
    out.array(args.count() - first);
    var seen = new HashSet<String>();
    for (int i = first; i < args.count(); i++) {
      boolean again = once && args.count() > first + 1 && !seen.add(args.get(i));
      out.bulk(again ? null : bucket.get(args.get(i)));
    }
  }

  private static void hgetex(Entries bucket, Args args, RespWriter out) {
    HashCommands.expectMap(bucket);
    long now = bucket.now();
    Expiry expiry = Expiry.of(args, 2);
    long at = expiry == null ? 0 : expiry.ofField(args, 3, now, "hgetex");
    boolean persists = args.is(2, "persist");
    int fields = expiry != null ? 4 : persists ? 3 : 2;
    if (fields + 1 >= args.count()) {
      throw new CommandError("ERR wrong number of arguments for 'hgetex' command");
    }
    int first = FieldExpiryCommands.fields(args, fields);
    boolean set = false;
    boolean removed = false;
    boolean goes = expiry != null && at <= now;
    writeValues(bucket, args, first, goes, out);
    for (int i = first; i < args.count(); i++) {
      String field = args.get(i);
      String value = bucket.get(field);
      if (value != null && persists) {
        set |= Keys.removeDeadline(bucket, field);
      } else if (value != null && expiry != null) {
        boolean stays = Keys.setDeadline(bucket, field, at, now);
        set |= stays;
        removed |= !stays;
      }
    }
    if (set) {
      bucket.tell('h', persists ? "hpersist" : "hexpire");
    } else if (removed) {
      Keys.tellRemoved(bucket);
    }
  }

  private static void hsetex(Entries bucket, Args args, RespWriter out) {
    long now = bucket.now();
    Asked asked = Asked.of(args, now);
    HashCommands.expectMap(bucket);
    if (!asked.allows(bucket, args)) {
      out.number(0);
      return;
    }
    HashCommands.expectRoom(bucket, args, asked.first, 2);
    boolean over = asked.expiry != null && asked.at <= now;
    if (over && !bucket.exists()) {
      bucket.tell('n', "new"); // as if the fields were there for a moment
    }
    for (int i = asked.first; i < args.count(); i += 2) {
      if (over) {
        if (bucket.has(args.get(i))) {
          bucket.apply(new Change.Removed(args.get(i)));
        }
        continue;
      }
      if (asked.keepsTtl) {
        Keys.putAndKeepDeadline(bucket, args.get(i), args.get(i + 1));
      } else {
        bucket.apply(new Change.Put(args.get(i), args.get(i + 1)));
      }
      if (asked.expiry != null) {
        bucket.apply(new Change.KeyDeadline(args.get(i), asked.at));
      }
    }
    bucket.tell('h', "hset");
    if (over) {
      Keys.tellRemoved(bucket);
    } else if (asked.expiry != null) {
      bucket.tell('h', "hexpire");
    }
    out.number(1);
  }

  /**
   * The options of HSETEX.
   *
   * @param expiry the option for the deadline; null if there is none
   * @param at the deadline
   * @param keepsTtl whether fields keep their deadlines
   * @param ifAll whether all fields must exist
   * @param ifNone whether no field may exist
   * @param first the index of the first field
   */
  private record Asked(
      @Nullable Expiry expiry,
      long at,
      boolean keepsTtl,
      boolean ifAll,
      boolean ifNone,
      int first) {
    static Asked of(Args args, long now) {
      Expiry expiry = null;
      long at = 0;
      boolean keepsTtl = false;
      boolean ifAll = false;
      boolean ifNone = false;
      for (int i = 2; i < args.count(); i++) {
        Expiry word = Expiry.of(args, i);
        if (word != null || args.is(i, "keepttl")) {
          if (expiry != null || keepsTtl) {
            throw new CommandError(
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
          }
          expiry = word;
          keepsTtl = word == null;
          at = word == null ? 0 : moment(args, ++i, word, now);
        } else if (args.is(i, "fxx") || args.is(i, "fnx")) {
          if (ifAll || ifNone) {
            throw new CommandError("ERR Only one of FXX or FNX arguments can be specified");
          }
          ifAll = args.is(i, "fxx");
          ifNone = !ifAll;
        } else if (args.is(i, "fields")) {
          return new Asked(expiry, at, keepsTtl, ifAll, ifNone, first(args, i));
        } else {
          throw new CommandError("ERR unknown argument: " + args.get(i));
        }
      }
      throw wrongNumber(); // there is no FIELDS
    }

    private static long moment(Args args, int index, Expiry word, long now) {
      if (index >= args.count()) {
        throw new CommandError("ERR missing expire time");
      }
      return word.ofField(args, index, now, "hsetex");
    }

    private static int first(Args args, int at) {
      if (at >= args.count() - 3) {
        throw wrongNumber();
      }
      String otherwise = "ERR invalid number of fields";
      long count = args.integer(at + 1, otherwise);
      if (count < 1 || count > Integer.MAX_VALUE) {
        throw new CommandError(otherwise);
      }
      if (2 * count != args.count() - at - 2) {
        throw wrongNumber();
      }
      return at + 2;
    }

    private static CommandError wrongNumber() {
      return new CommandError("ERR wrong number of arguments for 'hsetex' command");
    }

    boolean allows(Entries bucket, Args args) {
      for (int i = first; (ifAll || ifNone) && i < args.count(); i += 2) {
        boolean there = bucket.has(args.get(i));
        if (there == ifNone) {
          return false;
        }
      }
      return true;
    }
  }
}
