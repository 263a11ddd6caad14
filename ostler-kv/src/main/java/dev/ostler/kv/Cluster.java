package dev.ostler.kv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One node of a store that several nodes keep, as endpoints see it: which nodes there are, and
 * which of them leads. Any thread may use it.
 *
 * <p>The node that leads has the store: a {@link Kv} whose changes all nodes apply. Every other
 * node has a standby: a {@code Kv} in memory, which stays empty, for endpoints that tell clients
 * where the store is. When a node begins or ceases to lead, one of the two is closed, and the other
 * one opened, on the same ports.
 */
public interface Cluster extends AutoCloseable {
  /** The longest name, key or value of a store on several nodes, in bytes. */
  int MOST_BYTES = 1_900_000;

  /**
   * A node. The members are the same on every node.
   *
   * @param name letters, digits, {@code -} and {@code _}
   * @param host the name or address by which clients and the other nodes reach it
   * @param port for clients: 1 to 65,535
   * @param nodePort for the other nodes: 1 to 65,535
   */
  record Member(String name, String host, int port, int nodePort) {
    /** Where clients reach it, as in {@code 127.0.0.1:6380}. */
    public String address() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * Another node, as the one that leads knows it.
   *
   * @param index the last entry of the log that is on its disk; negative if that is not known
   * @param silentMillis how long ago it answered, in milliseconds
   */
  record Follower(Member member, long index, long silentMillis) {}

  /** Runs nodes. {@link java.util.ServiceLoader} finds the implementation in ostler-kv-raft. */
  interface Engine {
    /**
     * Starts a node. Returns before a leader is known.
     *
     * @param name of this node, one of the members
     * @param directory has all files of this node; created if it does not exist
     * @param host says what the node offers to clients
     * @throws IllegalArgumentException if the members are not valid, or the limits of the store
     *     allow changes that are too large
     * @throws KvException.CannotListen if an endpoint of the standby cannot have its port
     * @throws IOException if the directory or the port for the other nodes cannot be used
     */
    Cluster join(String name, List<Member> members, Path directory, Host host) throws IOException;
  }

  /** Says what a node offers to clients. One thread at a time calls it; it must not wait. */
  interface Host {
    /** Completes the configuration of the store, which opens because the node leads. */
    KvConfig leading(Cluster node, KvConfig store);

    /** Completes the configuration of the standby, which is open while the node does not lead. */
    KvConfig following(Cluster node, KvConfig standby);

    /** Is told who leads, each time that this node hears of it; empty if it knows none. */
    void leaderIs(Optional<Member> leader);
  }

  /** All nodes, this one included. */
  List<Member> members();

  /** This node. */
  Member self();

  /** The node that leads, as far as this one knows; empty if it knows none. */
  Optional<Member> leader();

  /** The number of the current leadership, as far as this node knows; it only increases. */
  long term();

  /** The index of the last entry of the log that this node has applied. */
  long applied();

  /** How many buckets this node has. Takes no time. */
  long size();

  /** The other nodes, if this one leads; otherwise empty. */
  List<Follower> followers();

  /**
   * Completed when the node was closed. Fails with the reason if it cannot take part any more: its
   * disk has failed, or it cannot open its store. Then it must be closed.
   */
  CompletableFuture<Void> ended();

  /**
   * Leaves the other nodes: sends the replies that are on their way, then closes store or standby,
   * and the log.
   *
   * @throws IOException if a file cannot be closed; all else is closed all the same
   */
  @Override
  void close() throws IOException;
}
