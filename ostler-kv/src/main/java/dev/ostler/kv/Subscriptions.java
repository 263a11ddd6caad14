package dev.ostler.kv;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The channels and patterns one client listens to. Belongs to the client's process. */
final class Subscriptions {
  private final RespClient client;
  private final PubSub pubSub;
  private Map<String, Subscription> channels = Map.of(); // most clients have none
  private Map<String, Subscription> patterns = Map.of();

  Subscriptions(RespClient client, PubSub pubSub) {
    this.client = client;
    this.pubSub = pubSub;
  }

  /** How many there are, of both kinds. */
  int count() {
    return channels.size() + patterns.size();
  }

  List<String> names(boolean isPattern) {
    return List.copyOf(map(isPattern).keySet());
  }

  private Map<String, Subscription> map(boolean isPattern) {
    return isPattern ? patterns : channels;
  }

  /** Listens to it, if it does not yet. */
  void add(String name, boolean isPattern) {
    if (map(isPattern).isEmpty()) {
      if (isPattern) {
        patterns = new LinkedHashMap<>();
      } else {
        channels = new LinkedHashMap<>();
      }
    }
    if (!map(isPattern).containsKey(name)) {
      var subscription = new Subscription(client, name);
      map(isPattern).put(name, subscription);
      pubSub.add(subscription, isPattern);
    }
  }

  /** Does not listen to it any more, if it did: nothing of it goes out from now on. */
  void remove(String name, boolean isPattern) {
    Subscription subscription = count() == 0 ? null : map(isPattern).get(name);
    if (subscription != null) {
      map(isPattern).remove(name);
      subscription.end();
      pubSub.remove(subscription, isPattern);
    }
  }

  /** Does not listen to anything any more. */
  void clear() {
    names(false).forEach(name -> remove(name, false));
    names(true).forEach(name -> remove(name, true));
  }
}
