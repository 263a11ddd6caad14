package dev.ostler.kv;

import dev.ostler.Child;
import java.net.InetSocketAddress;

/**
 * Offers a store to others: a protocol on a port, a page, or whatever users write. A value, which
 * {@link KvConfig#with} adds to a store.
 *
 * <p>{@link Kv#open} has each endpoint take its port before any process starts. If it cannot have
 * the port, {@code open} fails, and nothing stays open. Then the endpoint's process starts, as one
 * of the last in the store's tree, and is restarted like any other. When the store closes,
 * endpoints end first.
 *
 * <p>The thread that opens or closes the store calls endpoints, one after the other.
 */
public interface Endpoint {
  /** The name, for {@link Kv#port} and in errors; unique in a store. */
  String name();

  /**
   * Refuses a configuration that is not allowed, before anything is opened. By default all is
   * allowed.
   *
   * @throws IllegalArgumentException for example, if the port would be open to others unasked
   */
  default void check() {}

  /**
   * Takes the port. The endpoint must not call the store here: its processes have not started.
   *
   * @param kv the store to offer
   * @throws KvException.CannotListen if the port cannot be had
   */
  Bound bind(Kv kv);

  /** An endpoint that has its port until it is closed. */
  interface Bound extends AutoCloseable {
    /** The address on which it listens. */
    InetSocketAddress address();

    /**
     * The process that serves, or a supervisor of several. It may be restarted; the port that
     * {@link Endpoint#bind} has taken outlives it.
     */
    Child<?> child();

    /** Gives the port back. The processes have ended, or never started. Throws nothing. */
    @Override
    void close();
  }
}
