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

/**
 * The channels, patterns and buckets that one client is subscribed to. Belongs to the client's
 * process.
 */
public final class Subscriptions {
  /** A bucket that is watched, and the monitor of its process. */
  private record Watch(Watcher watcher, BucketRef bucket, MonitorRef ref) {}

  private final RespClient client;
  private final PubSub pubSub;
  private Map<String, Subscription> channels = Map.of(); // most clients have none
  private Map<String, Subscription> patterns = Map.of();
  private Map<String, Watch> watches = Map.of(); // by the bucket's name
  private long bytes; // approximate memory of channels and patterns
  // watchers whose bucket has ended, but whose client has not been told yet
  private final List<Watcher> leaving = new ArrayList<>(0);

  Subscriptions(RespClient client, PubSub pubSub) {
    this.client = client;
    this.pubSub = pubSub;
  }

  /** The number of channels and patterns. */
  public int count() {
    return channels.size() + patterns.size();
  }

  /** The approximate memory of channels and patterns, in bytes. */
  long bytes() {
    return bytes;
  }

  /** Whether there are no subscriptions. */
  public boolean isEmpty() {
    return count() == 0 && watches.isEmpty();
  }

  /**
   * Checks a command of a protocol 2 client with subscriptions. Such a client cannot tell most
   * replies from messages.
   *
   * @throws CommandError if it may not use this command now
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

  public List<String> names(boolean isPattern) {
    return List.copyOf(map(isPattern).keySet());
  }

  private Map<String, Subscription> map(boolean isPattern) {
    return isPattern ? patterns : channels;
  }

  /** Subscribes, unless it is subscribed already. */
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

  /** Unsubscribes, if it is subscribed: no message of it is written from now on. */
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

  /** A watcher for the bucket of this name. */
  public Watcher watcher(String bucket) {
    return new Watcher(client, new Subscription(client, bucket));
  }

  /** Records that the watcher is subscribed to this bucket, in place of an earlier one. */
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
   * A monitored process has ended, perhaps a bucket's. Its last changes may not be durable yet; the
   * client is told of the end after them.
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

  /** Unsubscribes from everything. */
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
