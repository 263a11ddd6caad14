package dev.ostler.kv;

import dev.ostler.Child;
import java.net.InetSocketAddress;

/**
 * Something that offers a store to others: a protocol on a port, a page, whatever users write. A
 * value, which {@link KvConfig#with} adds to a store.
 *
 * <p>{@link Kv#open} has each endpoint take its port before any process starts. So a port that is
 * not to be had is an error of {@code open}, and nothing stays open then. After that the endpoint's
 * process starts as the last of the store's tree, and is restarted like any other part. When the
 * store closes, it is the first to end.
 *
 * <p>Endpoints are used by the thread that opens or closes the store, one after the other.
 */
public interface Endpoint {
  /** What it is called, for {@link Kv#port} and in errors; no two of a store have the same name. */
  String name();

  /**
   * Refuses what must not be offered, before anything is opened. By default all is allowed.
   *
   * @throws IllegalArgumentException if a port would be open to others unasked, say
   */
  default void check() {}

  /**
   * Takes its port. The store answers only when its processes have started, so it must not be asked
   * here.
   *
   * @param kv what is to be offered
   * @throws KvException.CannotListen if the port cannot be had
   */
  Bound bind(Kv kv);

  /** An endpoint that has its port, until it is closed. */
  interface Bound extends AutoCloseable {
    /** Where it listens. */
    InetSocketAddress address();

    /**
     * What serves: a process, or a supervisor of several. It may start more than once, one after
     * the other, and finds the port taken by {@link Endpoint#bind}, which outlives it.
     */
    Child<?> child();

    /** Gives the port back. The processes have ended, or have not begun; throws nothing. */
    @Override
    void close();
  }
}
