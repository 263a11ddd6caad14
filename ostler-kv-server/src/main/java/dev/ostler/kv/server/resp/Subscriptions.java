package dev.ostler.kv.server.resp;

import dev.ostler.Down;
import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The channels, patterns and buckets one client listens to. Belongs to the client's process. */
public final class Subscriptions {
  /** A bucket that is watched, and the monitor on its process. */
  private record Watch(Watcher watcher, BucketRef bucket, MonitorRef ref) {}

  private final RespClient client;
  private final PubSub pubSub;
  private Map<String, Subscription> channels = Map.of(); // most clients have none
  private Map<String, Subscription> patterns = Map.of();
  private Map<String, Watch> watches = Map.of(); // by the bucket's name
  private long bytes; // of memory that channels and patterns take, about
  private final List<Watcher> leaving = new ArrayList<>(0); // have yet to hear of their end

  Subscriptions(RespClient client, PubSub pubSub) {
    this.client = client;
    this.pubSub = pubSub;
  }

  /** How many channels and patterns there are. */
  public int count() {
    return channels.size() + patterns.size();
  }

  /** About how many bytes of memory it takes to listen to all that. */
  long bytes() {
    return bytes;
  }

  /** Whether anything may come unasked. */
  public boolean isEmpty() {
    return count() == 0 && watches.isEmpty();
  }

  /**
   * To a client of protocol 2 that listens, every reply looks like a message.
   *
   * @throws CommandError if it may not use this command meanwhile
   */
  static void expectAllowed(CommandSpec spec) {
    if (!spec.has(CommandSpec.Flag.WHILE_SUBSCRIBED)) {
      throw new CommandError(
          "ERR Can't execute '"
              + spec.fullName()
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed"
              + " in this context");
    }
  }

  // --- Channels and patterns
  // ----------------------------------------------------------------------

  public List<String> names(boolean isPattern) {
    return List.copyOf(map(isPattern).keySet());
  }

  private Map<String, Subscription> map(boolean isPattern) {
    return isPattern ? patterns : channels;
  }

  /** Listens to it, if it does not yet. */
  public void add(String name, boolean isPattern) {
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
      bytes += ClientMemory.ofSubscription(name);
      show();
    }
  }

  /** Does not listen to it any more, if it did: nothing of it goes out from now on. */
  public void remove(String name, boolean isPattern) {
    Subscription subscription = count() == 0 ? null : map(isPattern).get(name);
    if (subscription != null) {
      map(isPattern).remove(name);
      subscription.end();
      pubSub.remove(subscription, isPattern);
      bytes -= ClientMemory.ofSubscription(name);
      show();
    }
  }

  // --- Buckets
  // ------------------------------------------------------------------------------------

  /** To be handed to the bucket of this name. */
  public Watcher watcher(String bucket) {
    return new Watcher(client, new Subscription(client, bucket));
  }

  /** It was handed to the bucket of this process, in the place of one there was. */
  public void watch(Watcher watcher, BucketRef bucket) {
    if (watches.isEmpty()) {
      watches = new LinkedHashMap<>();
    }
    String name = watcher.subscription().name();
    var watch = new Watch(watcher, bucket, Self.monitor(bucket.pid()));
    Watch before = watches.put(name, watch);
    if (before != null) {
      end(before);
    }
    leaving.stream()
        .map(Watcher::subscription)
        .filter(left -> left.name().equals(name))
        .forEach(Subscription::end);
    show();
  }

  private static void end(Watch watch) {
    Self.demonitor(watch.ref());
    watch.watcher().subscription().end();
  }

  /**
   * A process that was monitored has ended: one of a bucket, perhaps. Its last changes may have to
   * be kept before anybody hears of them, and the end is told behind them.
   */
  void ended(Down down) {
    for (Watch watch : List.copyOf(watches.values())) {
      if (watch.ref().equals(down.ref())) {
        Watcher watcher = watch.watcher();
        watches.remove(watcher.subscription().name());
        leaving.removeIf(left -> left.subscription().isOver());
        leaving.add(watcher);
        watch.bucket().whenSettled(watcher::ended);
        show();
      }
    }
  }

  /** Does not listen to anything any more. */
  void clear() {
    names(false).forEach(name -> remove(name, false));
    names(true).forEach(name -> remove(name, true));
    watches.values().forEach(Subscriptions::end);
    watches = Map.of();
    leaving.forEach(left -> left.subscription().end());
    leaving.clear();
    show();
  }

  private void show() {
    client.info().listensTo(channels.size(), patterns.size(), Set.copyOf(watches.keySet()));
  }
}
