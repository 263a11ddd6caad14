package dev.ostler.kv.server.resp;

import dev.ostler.Down;
import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.PubSub.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels, patterns, sharded channels and buckets that one client is subscribed to. Belongs to
 * the client's process.
 */
public final class Subscriptions {
  /** A bucket that is watched, and the monitor of its process. */
  private record Watch(Watcher watcher, BucketRef bucket, MonitorRef ref) {}

  private final RespClient client;
  private final PubSub pubSub;
  private final Monitors monitors;
  // most clients have none of these
  private Map<Kind, Map<String, Subscription>> names = Map.of();
  private Map<String, Watch> watches = Map.of(); // by the bucket's name
  private @Nullable Subscription monitor; // of all commands
  private long bytes; // approximate memory of channels and patterns
  // watchers whose bucket has ended, but whose client has not been told yet
  private final List<Watcher> leaving = new ArrayList<>(0);

  Subscriptions(RespClient client, PubSub pubSub, Monitors monitors) {
    this.client = client;
    this.pubSub = pubSub;
    this.monitors = monitors;
  }

  /** How many subscriptions a client is told of when it subscribes to one of this kind. */
  public int count(Kind kind) {
    return kind == Kind.SHARDED ? size(Kind.SHARDED) : size(Kind.CHANNEL) + size(Kind.PATTERN);
  }

  private int size(Kind kind) {
    return of(kind).size();
  }

  private Map<String, Subscription> of(Kind kind) {
    return names.getOrDefault(kind, Map.of());
  }

  /** The approximate memory of channels and patterns, in bytes. */
  long bytes() {
    return bytes;
  }

  /** Whether there are no subscriptions. */
  public boolean isEmpty() {
    return names.isEmpty() && watches.isEmpty();
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

  public List<String> names(Kind kind) {
    return List.copyOf(of(kind).keySet());
  }

  /** Subscribes, unless it is subscribed already. */
  public void add(String name, Kind kind) {
    if (names.isEmpty()) {
      names = new EnumMap<>(Kind.class);
    }
    Map<String, Subscription> known = names.computeIfAbsent(kind, _ -> new LinkedHashMap<>());
    if (!known.containsKey(name)) {
      var subscription = new Subscription(client, name);
      known.put(name, subscription);
      pubSub.add(subscription, kind);
      bytes += ClientMemory.ofSubscription(name);
      show();
    }
  }

  /** Unsubscribes, if it is subscribed: no message of it is written from now on. */
  public void remove(String name, Kind kind) {
    Subscription subscription = of(kind).get(name);
    if (subscription != null) {
      of(kind).remove(name);
      if (of(kind).isEmpty()) {
        names.remove(kind);
      }
      subscription.end();
      pubSub.remove(subscription, kind);
      bytes -= ClientMemory.ofSubscription(name);
      show();
    }
  }

  // --- All commands

  /** Whether it sees the commands of all clients. Such a client cannot use buckets itself. */
  boolean areOfMonitor() {
    return monitor != null;
  }

  /** From now on the client sees the commands of all clients; false if it does already. */
  public boolean monitor() {
    if (monitor != null) {
      return false;
    }
    monitor = new Subscription(client, "");
    monitors.add(monitor);
    client.info().monitoring(true);
    return true;
  }

  private void endMonitor() {
    if (monitor != null) {
      monitor.end();
      monitors.remove(monitor);
      monitor = null;
      client.info().monitoring(false);
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
    for (Kind kind : Kind.values()) {
      names(kind).forEach(name -> remove(name, kind));
    }
    watches.values().forEach(Subscriptions::end);
    watches = Map.of();
    leaving.forEach(left -> left.subscription().end());
    leaving.clear();
    endMonitor();
    show();
  }

  private void show() {
    client
        .info()
        .listensTo(
            size(Kind.CHANNEL),
            size(Kind.PATTERN),
            size(Kind.SHARDED),
            Set.copyOf(watches.keySet()));
  }
}
