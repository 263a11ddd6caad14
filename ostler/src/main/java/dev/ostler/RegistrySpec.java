package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * How to start a registry. {@link Registry#unique} and {@link Registry#duplicate} make it.
 *
 * <p>An immutable value.
 *
 * @param <K> the keys
 * @param <V> the value a process registers with a key
 */
public final class RegistrySpec<K, V> implements Child<Registry<K, V>> {
  private final boolean unique;
  private final List<ServerRef<?>> listeners;
  private final Named<Registry<K, V>> named;

  private RegistrySpec(boolean unique, List<ServerRef<?>> listeners, Named<Registry<K, V>> named) {
    this.unique = unique;
    this.listeners = listeners;
    this.named = named;
  }

  static <K, V> RegistrySpec<K, V> of(boolean unique) {
    return new RegistrySpec<>(unique, List.of(), new Named<>());
  }

  private RegistrySpec<K, V> named(UnaryOperator<Named<Registry<K, V>>> change) {
    return new RegistrySpec<>(unique, listeners, change.apply(named));
  }

  /**
   * Sends each {@link Registry.Registered} and {@link Registry.Unregistered} to a server. The
   * registry does not start if that server does not exist.
   */
  public RegistrySpec<K, V> listener(ServerRef<?> listener) {
    var more = new ArrayList<ServerRef<?>>(listeners);
    more.add(Objects.requireNonNull(listener, "listener"));
    return new RegistrySpec<>(unique, List.copyOf(more), named);
  }

  /** Its name, until it ends. */
  public RegistrySpec<K, V> named(Name<Registry<K, V>> name) {
    return named(n -> n.name(name));
  }

  /** How its supervisor identifies it; by default by its name, or a generated id. */
  public RegistrySpec<K, V> id(Object id) {
    return named(n -> n.id(id));
  }

  /** Its label in reports; by default its name. */
  public RegistrySpec<K, V> label(String label) {
    return named(n -> n.label(label));
  }

  /** When its supervisor starts it again; by default always. */
  public RegistrySpec<K, V> restart(Restart restart) {
    return named(n -> n.restart(restart));
  }

  private ServerChild<Registry<K, V>, Registry<K, V>> server() {
    return named.on(
        ServerChild.of(
            () -> new RegistryServer(unique, listeners),
            process ->
                new Registry<>(new ServerHandle<>(process), RegistryServer.tableOf(process))),
        "registry");
  }

  @Override
  public ChildSpec<Registry<K, V>> spec() {
    return named.spec(server());
  }

  @Override
  public Registry<K, V> start() {
    return server().start();
  }

  @Override
  public Registry<K, V> startLink() {
    return server().startLink();
  }
}
