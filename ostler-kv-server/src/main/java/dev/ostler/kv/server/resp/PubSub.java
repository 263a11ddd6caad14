package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of all clients to channels and patterns. Any thread may use it; publishing
 * never waits for a subscriber.
 */
public final class PubSub {
  /**
   * The subscriptions to one channel, or to one pattern if it has a glob. Never empty while it is
   * in a map.
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

  /** Whether there are no subscriptions. */
  boolean isIdle() {
    return channels.isEmpty() && patterns.isEmpty();
  }

  // --- Listening

  void add(Subscription subscription, boolean isPattern) {
    map(isPattern)
        .compute(
            subscription.name(),
            (name, known) -> {
              Topic topic = known == null ? new Topic(isPattern ? Glob.of(name) : null) : known;
              topic.subscriptions.add(subscription);
              return topic;
            });
  }

  void remove(Subscription subscription, boolean isPattern) {
    map(isPattern)
        .computeIfPresent(
            subscription.name(),
            (name, topic) -> {
              topic.subscriptions.remove(subscription);
              return topic.subscriptions.isEmpty() ? null : topic;
            });
  }

  /** Removes all subscriptions of a client whose process was killed. */
  void forget(RespClient client) {
    for (boolean isPattern : new boolean[] {false, true}) {
      for (Topic topic : map(isPattern).values()) {
        for (Subscription each : topic.subscriptions) {
          if (each.isOf(client)) {
            remove(each, isPattern);
          }
        }
      }
    }
  }

  private ConcurrentMap<String, Topic> map(boolean isPattern) {
    return isPattern ? patterns : channels;
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

  /** Receives each subscription. */
  interface Visitor {
    void visit(Subscription subscription, boolean isPattern);
  }

  /** Visits all subscriptions. */
  void forEach(Visitor visitor) {
    channels.values().forEach(topic -> topic.subscriptions.forEach(s -> visitor.visit(s, false)));
    patterns.values().forEach(topic -> topic.subscriptions.forEach(s -> visitor.visit(s, true)));
  }

  /** The channels with subscriptions by name. */
  public List<String> channels(Glob glob) {
    var names = new ArrayList<String>();
    for (String name : channels.keySet()) {
      if (glob.matches(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The number of subscriptions to this channel by name. */
  public int subscribers(String channel) {
    Topic topic = channels.get(channel);
    return topic == null ? 0 : topic.subscriptions.size();
  }

  /** The number of patterns. */
  public int patterns() {
    return patterns.size();
  }
}
