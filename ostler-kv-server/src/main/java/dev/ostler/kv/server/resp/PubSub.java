package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Who listens to which channel, and to channels of which patterns. Any thread; nobody waits for who
 * listens.
 */
public final class PubSub {
  /** All who listen to one channel, or, with a glob, to a pattern: never empty while in a map. */
  private record Topic(@Nullable Glob glob, Set<Subscription> subscriptions) {
    Topic(@Nullable Glob glob) {
      this(glob, ConcurrentHashMap.newKeySet());
    }

    boolean matches(String channel) {
      return glob != null && glob.matches(channel);
    }
  }

  // Topics come and go under the lock that the map has for their name.
  private final ConcurrentMap<String, Topic> channels = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Topic> patterns = new ConcurrentHashMap<>();

  /** Whether nobody listens to anything. */
  boolean isIdle() {
    return channels.isEmpty() && patterns.isEmpty();
  }

  // --- Listening
  // ----------------------------------------------------------------------------------

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

  /** Removes all subscriptions of a client whose process could not do that itself. */
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
  // ---------------------------------------------------------------------------------

  /** Hands a message to all who listen; how many subscriptions that were. */
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
  // ------------------------------------------------------------------------------

  /** Shown who listens to what. */
  interface Visitor {
    void visit(Subscription subscription, boolean isPattern);
  }

  /** Shows all who listen to anything. */
  void forEach(Visitor visitor) {
    channels.values().forEach(topic -> topic.subscriptions.forEach(s -> visitor.visit(s, false)));
    patterns.values().forEach(topic -> topic.subscriptions.forEach(s -> visitor.visit(s, true)));
  }

  /** The channels that anybody listens to by name. */
  public List<String> channels(Glob glob) {
    var names = new ArrayList<String>();
    for (String name : channels.keySet()) {
      if (glob.matches(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** How many listen to this channel by name. */
  public int subscribers(String channel) {
    Topic topic = channels.get(channel);
    return topic == null ? 0 : topic.subscriptions.size();
  }

  /** How many patterns there are. */
  public int patterns() {
    return patterns.size();
  }
}
