package dev.ostler;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Processes by key: one process a key, or many.
 *
 * <p>Any thread may read. Reads take no lock; {@link #keys} takes one process's lock briefly. No
 * read returns a dead process, since an entry ends in one step with its process. A process can only
 * register itself. The registry and its members do not die with each other. After {@code Registry}
 * of Elixir.
 *
 * @param <K> the keys, compared by equals
 * @param <V> the value a process registers with a key
 */
public final class Registry<K, V> {
  private final ServerRef<Registry<K, V>> server;
  private final @Nullable RegistryTable table;

  Registry(ServerRef<Registry<K, V>> server, @Nullable RegistryTable table) {
    this.server = server;
    this.table = table;
  }

  /** A registry to be started, in which a key belongs to one process. */
  public static <K, V> RegistrySpec<K, V> unique() {
    return RegistrySpec.of(true);
  }

  /** A registry to be started, in which a key belongs to any number of processes. */
  public static <K, V> RegistrySpec<K, V> duplicate() {
    return RegistrySpec.of(false);
  }

  /** The registry that has, or will have, this name. */
  public static <K, V> Registry<K, V> at(Name<Registry<K, V>> name) {
    return new Registry<>(Objects.requireNonNull(name, "name"), null);
  }

  /**
   * A process and the value it registered.
   *
   * @param pid the process
   * @param value its value
   */
  public record Entry<V>(Pid pid, V value) {}

  /**
   * A message to a listener: a process has registered.
   *
   * @param registry the registry's process
   * @param key the key
   * @param pid the process
   * @param value its value, or {@link Optional#empty()} for null
   */
  public record Registered(Pid registry, Object key, Pid pid, Optional<Object> value) {}

  /**
   * A message to a listener: a process has unregistered. There is none when it ends, so monitor it.
   *
   * @param registry the registry's process
   * @param key the key
   * @param pid the process
   */
  public record Unregistered(Pid registry, Object key, Pid pid) {}

  /**
   * The result of {@link #updateValue}.
   *
   * @param value the value now
   * @param before the value before
   */
  public record Updated<V>(V value, V before) {}

  private RegistryTable table() {
    return table != null ? table : RegistryServer.tableOf(server);
  }

  private Proc self() {
    return (Proc) Self.pid();
  }

  /** The registry's process. */
  public Pid pid() {
    return server.pid();
  }

  // --- Registering, by the process itself ---

  /**
   * Registers the calling process under a key.
   *
   * @throws AlreadyRegisteredException if the key is unique and belongs to a living process, also
   *     if that is the calling one
   * @throws NoProcessException if the registry has ended
   */
  public void register(K key, V value) {
    RegistryTable entries = table();
    Proc self = self();
    Proc holder = entries.add(Objects.requireNonNull(key, "key"), self, value);
    if (holder != null) {
      throw new AlreadyRegisteredException(key, holder);
    }
    RegistryServer.tell(
        entries, () -> new Registered(entries.owner(), key, self, Optional.ofNullable(value)));
  }

  /** Ends all entries of the calling process under a key; no effect if there is none. */
  public void unregister(K key) {
    unregisterMatch(key, value -> true);
  }

  /** Ends the entries of the calling process under a key whose value meets the condition. */
  @SuppressWarnings("unchecked")
  public void unregisterMatch(K key, Predicate<? super V> values) {
    RegistryTable entries = table();
    Proc self = self();
    entries.remove(key, self, entry -> values.test((V) entry.value()));
    RegistryServer.tell(entries, () -> new Unregistered(entries.owner(), key, self));
  }

  /**
   * Changes the value of the calling process under a unique key.
   *
   * @return empty if the key is not its own
   * @throws IllegalStateException if the registry is duplicate
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a value is null only where V says so
  public Optional<Updated<V>> updateValue(K key, UnaryOperator<V> change) {
    mustBeUnique("updateValue");
    Registration entry = table().holder(key);
    if (entry == null || entry.process != self()) {
      return Optional.empty();
    }
    V before = (V) entry.value();
    V changed = change.apply(before);
    entry.value(changed);
    return Optional.of(new Updated<>(changed, before));
  }

  private void mustBeUnique(String what) {
    if (!table().unique) {
      throw new IllegalStateException(what + " is not supported by a duplicate registry");
    }
  }

  // --- Looking, by any thread ---

  @SuppressWarnings({"unchecked", "NullAway"}) // a value is null only where V says so
  private static <V> Entry<V> entry(Registration registration) {
    return new Entry<>(registration.process, (V) registration.value());
  }

  /** The processes under a key, each with its value: at most one if keys are unique. */
  public List<Entry<V>> lookup(K key) {
    List<Registration> found = table().under(key);
    return switch (found.size()) {
      case 0 -> List.of();
      case 1 -> List.of(entry(found.getFirst()));
      default -> found.stream().<Entry<V>>map(Registry::entry).toList();
    };
  }

  /** The process under a unique key; some process of those under a duplicate one. */
  public Optional<Pid> whereis(K key) {
    List<Registration> found = table().under(key);
    return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst().process);
  }

  /** The keys of a process. A key appears once for each registration. */
  @SuppressWarnings("unchecked")
  public List<K> keys(Pid pid) {
    return table().of((Proc) pid).stream().map(entry -> (K) entry.key).toList();
  }

  /** The values of a process under a key. */
  public List<V> values(K key, Pid pid) {
    return lookup(key).stream().filter(entry -> entry.pid() == pid).map(Entry::value).toList();
  }

  /** The entries under a key whose value meets the condition. */
  public List<Entry<V>> match(K key, Predicate<? super V> values) {
    return lookup(key).stream().filter(entry -> values.test(entry.value())).toList();
  }

  /** How many entries under a key have a value that meets the condition. */
  public int countMatch(K key, Predicate<? super V> values) {
    return match(key, values).size();
  }

  /**
   * A key, and an entry under it.
   *
   * @param key the key
   * @param pid the process
   * @param value its value
   */
  public record Row<K, V>(K key, Pid pid, V value) {}

  /** Converts all entries that meet the condition. */
  @SuppressWarnings({"unchecked", "NullAway"}) // a value is null only where V says so
  public <R> List<R> select(
      Predicate<? super Row<K, V>> which, Function<? super Row<K, V>, ? extends R> made) {
    return table().all().stream()
        .map(entry -> new Row<>((K) entry.key, entry.process, (V) entry.value()))
        .filter(which)
        .<R>map(made)
        .toList();
  }

  /** How many of all entries meet the condition. */
  public int countSelect(Predicate<? super Row<K, V>> which) {
    return select(which, row -> row).size();
  }

  /** How many entries there are. */
  public long count() {
    return table().count();
  }

  /** Hands the entries under a key to the function, on the calling thread, if there are any. */
  public void dispatch(K key, Consumer<? super List<Entry<V>>> to) {
    List<Entry<V>> entries = lookup(key);
    if (!entries.isEmpty()) {
      to.accept(entries);
    }
  }

  // --- More ---

  /** Stores a value about the registry itself. */
  public void putMeta(Object key, Object value) {
    RegistryServer.meta(table()).put(key, value);
  }

  /** Reads a value that {@link #putMeta} has stored. */
  public Optional<Object> meta(Object key) {
    return Optional.ofNullable(RegistryServer.meta(table()).get(key));
  }

  /** Deletes a value that {@link #putMeta} has stored. */
  public void deleteMeta(Object key) {
    RegistryServer.meta(table()).remove(key);
  }

  /**
   * Runs an action while no other locks the same key of this registry: first come, first served.
   *
   * <p>The lock ends with the action, or with the calling process. It does not affect other keys.
   */
  public <R> R lock(K key, Callable<R> action) throws Exception {
    var holding = new RegistryServer.Holding();
    try {
      server.call(new RegistryServer.Lock<>(key, holding), RegistryServer.FOREVER);
      return action.call();
    } finally { // even if it was interrupted while it waited
      server.cast(new RegistryServer.Unlock<>(key, holding));
    }
  }

  /**
   * A unique key as a name: to {@linkplain ServerChild#named start} a server under it, and to reach
   * that server.
   *
   * @throws IllegalStateException if the registry is duplicate
   */
  public <P> Via<P> via(K key) {
    return new Via<>(key, null);
  }

  /** As {@link #via(Object)}, to register with a value. */
  public <P> Via<P> via(K key, V value) {
    return new Via<>(key, value);
  }

  /**
   * A key of a unique registry, as a name.
   *
   * @param <P> the type of the server that has the key
   */
  public final class Via<P> extends Name<P> {
    private final K key;
    private final @Nullable V value;

    private Via(K key, @Nullable V value) {
      mustBeUnique("via");
      this.key = Objects.requireNonNull(key, "key");
      this.value = value;
    }

    @Override
    @Nullable Proc resolve() {
      RegistryTable entries = table != null ? table : RegistryServer.peekTable(server);
      Registration entry = entries == null ? null : entries.holder(key);
      return entry == null ? null : entry.process;
    }

    @Override
    @Nullable Proc claim(Proc process) {
      RegistryTable entries = table();
      Proc holder = entries.add(key, process, value);
      if (holder == null) {
        RegistryServer.tell(
            entries,
            () -> new Registered(entries.owner(), key, process, Optional.ofNullable(value)));
      }
      return holder;
    }

    /** Frees the key of the calling process. */
    void unregister() {
      Registry.this.unregister(key);
    }

    private Registry<K, V> registry() {
      return Registry.this;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Registry<?, ?>.Via<?> via
          && via.key.equals(key)
          && via.registry().equals(registry());
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }

    @Override
    public String toString() {
      return server + "/" + Text.bounded(key);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Registry<?, ?> registry && registry.server.equals(server);
  }

  @Override
  public int hashCode() {
    return server.hashCode();
  }

  @Override
  public String toString() {
    return "Registry[" + server + "]";
  }
}
