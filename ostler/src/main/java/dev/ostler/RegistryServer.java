package dev.ostler;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The process of a {@link Registry}. It owns the table, which all threads read and processes
 * change, and grants the locks of keys. Its state maps each locked key to its owner and its
 * waiters.
 */
final class RegistryServer
    implements GenServer<
        Map<Object, RegistryServer.Queue>, RegistryServer.Lock<?, ?>, RegistryServer.Unlock<?, ?>> {
  static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** Asks for the lock of a key, for one holding. */
  record Lock<K, V>(Object key, Holding holding) implements Call<Registry<K, V>, Holding> {}

  /** Gives the lock back, or cancels the wait for it. */
  record Unlock<K, V>(Object key, Holding holding) implements Cast<Registry<K, V>> {}

  /** One holding of a lock. The caller that asks for the lock makes it; compared by identity. */
  static final class Holding {}

  /** A caller that waits for a lock. */
  record Waiting(Holding holding, From<Holding> from) {}

  /** The holder of a key's lock, and the callers that wait for it. */
  static final class Queue {
    @Nullable Holding holder;
    @Nullable MonitorRef watch;
    final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    @Override
    public String toString() {
      return "held, and waited for by " + waiting.stream().map(Waiting::from).toList();
    }
  }

  /** What the process shows to all threads. */
  record Shown(RegistryTable table, Map<Object, Object> meta, List<ServerRef<?>> listeners) {}

  private final boolean unique;
  private final List<ServerRef<?>> listeners;
  private @Nullable RegistryTable table;

  RegistryServer(boolean unique, List<ServerRef<?>> listeners) {
    this.unique = unique;
    this.listeners = listeners;
  }

  // --- What all threads see ---

  private static @Nullable Shown peekShown(Proc registry) {
    Aux aux = registry.peekAux();
    return aux != null && aux.exposed instanceof Shown shown ? shown : null;
  }

  private static Shown shown(Proc registry) {
    Shown shown = peekShown(registry);
    if (shown == null) {
      throw new NoProcessException(
          registry.isClosed()
              ? "the registry " + Calls.describe(registry) + " has ended"
              : Calls.describe(registry) + " is no registry");
    }
    return shown;
  }

  /** The table of the registry of this name; null if no registry has the name. */
  static @Nullable RegistryTable peekTable(ServerRef<?> registry) {
    Proc process = registry.resolve();
    Shown shown = process == null ? null : peekShown(process);
    return shown == null ? null : shown.table();
  }

  static RegistryTable tableOf(Proc registry) {
    return shown(registry).table();
  }

  static RegistryTable tableOf(ServerRef<?> registry) {
    return tableOf((Proc) registry.pid());
  }

  static Map<Object, Object> meta(RegistryTable table) {
    return shown(table.owner()).meta();
  }

  /** Tells the listeners. */
  static void tell(RegistryTable table, Supplier<?> news) {
    List<ServerRef<?>> listeners = shown(table.owner()).listeners();
    if (listeners.isEmpty()) {
      return;
    }
    Object message = news.get();
    for (ServerRef<?> listener : listeners) {
      Proc process = listener.resolve();
      if (process != null) {
        process.send(message);
      }
    }
  }

  // --- The process ---

  @Override
  public Init<Map<Object, Queue>> init() {
    for (ServerRef<?> listener : listeners) {
      if (listener.whereis().isEmpty()) {
        return Init.error(ExitReason.of("no such listener: " + listener));
      }
    }
    Proc self = (Proc) Self.pid();
    table = new RegistryTable(unique, self);
    self.aux().exposed = new Shown(table, new ConcurrentHashMap<>(), listeners);
    return Init.ok(new HashMap<>());
  }

  @Override
  public Next<Map<Object, Queue>> handleCall(
      Lock<?, ?> lock, From<?> from, Map<Object, Queue> locks) {
    Queue queue = locks.computeIfAbsent(lock.key(), key -> new Queue());
    queue.waiting.add(new Waiting(lock.holding(), lock.from(from)));
    if (queue.holder == null) {
      grantNext(lock.key(), queue, locks);
    }
    return Next.noReply(locks);
  }

  @Override
  public Next<Map<Object, Queue>> handleCast(Unlock<?, ?> unlock, Map<Object, Queue> locks) {
    Queue queue = locks.get(unlock.key());
    if (queue != null && queue.holder == unlock.holding()) {
      grantNext(unlock.key(), queue, locks);
    } else if (queue != null) {
      queue.waiting.removeIf(each -> each.holding() == unlock.holding());
    }
    return Next.noReply(locks);
  }

  @Override
  public Next<Map<Object, Queue>> handleInfo(Object message, Map<Object, Queue> locks) {
    if (message instanceof Down down) {
      for (Map.Entry<Object, Queue> each : List.copyOf(locks.entrySet())) {
        if (each.getValue().watch == down.ref()) {
          grantNext(each.getKey(), each.getValue(), locks);
        }
      }
    }
    return Next.noReply(locks);
  }

  /** How many entries there are, and the locks. */
  @Override
  public StatusReport formatStatus(StatusReport status) {
    long entries = table == null ? 0 : table.count();
    return status.state(entries + " entries, locks: " + Text.bounded(status.state()));
  }

  /** Gives the lock to the next living caller that waits for it. */
  private static void grantNext(Object key, Queue queue, Map<Object, Queue> locks) {
    if (queue.watch != null) {
      Self.demonitor(queue.watch, true);
    }
    queue.watch = null;
    queue.holder = null;
    for (Waiting next = queue.waiting.poll(); next != null; next = queue.waiting.poll()) {
      Pid pid = next.from().pid().orElse(null);
      if (pid == null || pid.isAlive()) {
        queue.holder = next.holding();
        queue.watch = pid == null ? null : Self.monitor(pid);
        next.from().reply(next.holding());
        return;
      }
    }
    locks.remove(key);
  }
}
