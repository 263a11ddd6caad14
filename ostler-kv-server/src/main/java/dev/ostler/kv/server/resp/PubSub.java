package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of all clients to channels, patterns and sharded channels. Any thread may use
 * it; publishing never waits for a subscriber.
 */
public final class PubSub {
  /** What a subscription names. */
  public enum Kind {
    /** A channel, for messages of PUBLISH. */
    CHANNEL,
    /** A pattern of such channels. */
    PATTERN,
    /** A sharded channel, for messages of SPUBLISH. There is one shard, so it is a name space. */
    SHARDED
  }

  /**
   * The subscriptions to one name, which is a pattern if it has a glob. Never empty while it is in
   * a map.
   */
  private record Topic(@Nullable Glob glob, Set<Subscription> subscriptions) {
    Topic(@Nullable Glob glob) {
      this(glob, ConcurrentHashMap.newKeySet());
    }

    boolean matches(String channel) {
      return glob != null && glob.matches(channel);
    }
  }

  // A topic is added and removed inside the map's compute, which locks its name.
  private final ConcurrentMap<String, Topic> channels = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Topic> patterns = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Topic> sharded = new ConcurrentHashMap<>();

  /** Whether nobody would get a message of {@link #publish}. */
  boolean isIdle() {
    return channels.isEmpty() && patterns.isEmpty();
  }

  // --- Listening

  void add(Subscription subscription, Kind kind) {
    map(kind)
        .compute(
            subscription.name(),
            (name, known) -> {
              Topic topic =
                  known == null ? new Topic(kind == Kind.PATTERN ? Glob.of(name) : null) : known;
              topic.subscriptions.add(subscription);
              return topic;
            });
  }

  void remove(Subscription subscription, Kind kind) {
    map(kind)
        .computeIfPresent(
            subscription.name(),
            (name, topic) -> {
              topic.subscriptions.remove(subscription);
              return topic.subscriptions.isEmpty() ? null : topic;
            });
  }

  /** Removes all subscriptions of a client whose process was killed. */
  void forget(RespClient client) {
    forEach(
        (subscription, kind) -> {
          if (subscription.isOf(client)) {
            remove(subscription, kind);
          }
        });
  }

  private ConcurrentMap<String, Topic> map(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARDED -> sharded;
    };
  }

  // --- Publishing

  /** Pushes a message to all subscribers; returns the number of subscriptions. */
  public int publish(String channel, String message) {
    Topic named = channels.get(channel);
    int receivers = named == null ? 0 : push(named, bytes("message", channel, message));
    if (!patterns.isEmpty()) {
      for (var each : patterns.entrySet()) {
        if (each.getValue().matches(channel)) {
          receivers += push(each.getValue(), bytes("pmessage", each.getKey(), channel, message));
        }
      }
    }
    return receivers;
  }

  /** Pushes a message to all subscribers of a sharded channel; returns how many they are. */
  public int publishSharded(String channel, String message) {
    Topic topic = sharded.get(channel);
    return topic == null ? 0 : push(topic, bytes("smessage", channel, message));
  }

  /** The number of subscriptions that would get a message to this channel. */
  int receivers(String channel) {
    int receivers = subscribers(Kind.CHANNEL, channel);
    for (Topic each : patterns.values()) {
      receivers += each.matches(channel) ? each.subscriptions.size() : 0;
    }
    return receivers;
  }

  private static int push(Topic topic, byte[] bytes) {
    int receivers = 0;
    var message = new Message(bytes);
    for (Subscription subscription : topic.subscriptions) {
      subscription.push(message);
      receivers++;
    }
    return receivers;
  }

  private static byte[] bytes(String... words) {
    var out = new RespWriter(2);
    out.push(words.length);
    for (String word : words) {
      out.bulk(word);
    }
    return out.toBytes();
  }

  // --- What there is

  /** Calls a consumer with each subscription, and what it names. */
  void forEach(BiConsumer<Subscription, Kind> each) {
    for (Kind kind : Kind.values()) {
      map(kind).values().forEach(topic -> topic.subscriptions.forEach(s -> each.accept(s, kind)));
    }
  }

  /** The names of this kind that have subscriptions and match. */
  public List<String> names(Kind kind, Glob glob) {
    var names = new ArrayList<String>();
    for (String name : map(kind).keySet()) {
      if (glob.matches(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The number of subscriptions to this name. */
  public int subscribers(Kind kind, String name) {
    Topic topic = map(kind).get(name);
    return topic == null ? 0 : topic.subscriptions.size();
  }

  /** How many names of this kind have subscriptions. */
  public int size(Kind kind) {
    return map(kind).size();
  }
}
