package dev.ostler.kv.server.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The commands that a load may consist of. Each writes its own requests. */
enum Kind {
  /** Reads one of the strings. */
  GET {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("GET", 1).name(load.prefix(), "string:", key);
    }
  },

  /** Sets one of the strings. */
  SET {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("SET", 2).name(load.prefix(), "string:", key).value(load.sizes());
    }
  },

  /** Deletes one of the strings. */
  DEL {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("DEL", 1).name(load.prefix(), "string:", key);
    }
  },

  /** Increments one of the counters. */
  INCR {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("INCR", 1).name(load.prefix(), "counter:", key);
    }
  },

  /** Reads a field of one of the hashes. */
  HGET {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("HGET", 2).name(load.prefix(), "hash:", key).anyField(load.fields());
    }
  },

  /** Sets a field of one of the hashes. */
  HSET {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("HSET", 3)
          .name(load.prefix(), "hash:", key)
          .anyField(load.fields())
          .value(load.sizes());
    }
  },

  /** Does nothing on the server. */
  PING {
    @Override
    void write(RequestBuffer to, long key, Load load) {
      to.command("PING", 0);
    }
  };

  /** Writes one request. */
  abstract void write(RequestBuffer to, long key, Load load);

  /** The name in options and results. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Kind> named(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text().equals(text)).findFirst();
  }

  /** The names of all of them, separated by commas. */
  static String names() {
    return Arrays.stream(values()).map(Kind::text).collect(Collectors.joining(", "));
  }
}
