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

  /** A node that lives answers every few hundred milliseconds. After this it counts as silent. */
  long SILENT_MILLIS = 2000;

  /**
   * A node.
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
   * @param behindBytes how many bytes of the log it lacks, about
   */
  record Follower(Member member, long index, long silentMillis, long behindBytes) {
    /** Whether it has not answered for a while. */
    public boolean isSilent() {
      return silentMillis > SILENT_MILLIS;
    }
  }

  /**
   * The files by which nodes know each other, in PEM. Nodes show each other certificates, and trust
   * those that an authority of the file has signed, for the host that they name.
   *
   * @param certificate of this node, and the chain to the authority
   * @param key the private key of the certificate, in PKCS#8 without a password
   * @param authorities the certificates of authorities
   */
  record Tls(Path certificate, Path key, Path authorities) {}

  /**
   * How a node begins.
   *
   * @param node the name of this node, one of the members
   * @param members the first members, the same on each of these nodes. Later the log says who is
   *     one
   * @param directory has all files of this node; created if it does not exist
   * @param joins whether the node is new in a store that exists: it waits until the others add it
   * @param tls empty if a node trusts everybody who reaches its port
   */
  record Setup(
      String node, List<Member> members, Path directory, boolean joins, Optional<Tls> tls) {
    /** Copies the list. */
    public Setup {
      members = List.copyOf(members);
    }
  }

  /** Runs nodes. {@link java.util.ServiceLoader} finds the implementation in ostler-kv-raft. */
  interface Engine {
    /**
     * Starts a node. Returns before a leader is known.
     *
     * @param host says what the node offers to clients
     * @throws IllegalArgumentException if the members are not valid, or the limits of the store
     *     allow changes that are too large
     * @throws KvException.CannotListen if an endpoint of the standby cannot have its port
     * @throws IOException if the directory, the port for the other nodes or the files for TLS
     *     cannot be used
     */
    Cluster join(Setup setup, Host host) throws IOException;
  }

  /** Says what a node offers to clients. One thread at a time calls it; it must not wait. */
  interface Host {
    /** Completes the configuration of the store, which opens because the node leads. */
    KvConfig leading(Cluster node, KvConfig store);

    /** Completes the configuration of the standby, which is open while the node does not lead. */
    KvConfig following(Cluster node, KvConfig standby);

    /**
     * Is told who leads, each time that this node hears of it; empty if it knows none.
     *
     * @param term the number of the leadership
     */
    void leaderIs(Optional<Member> leader, long term);

    /** Is told what people should know of the nodes: one line. */
    void notice(String line);
  }

  /** All nodes, as far as this one knows. It is not one itself if it waits to be added. */
  List<Member> members();

  /** This node. */
  Member self();

  /** Whether nodes know each other by certificates; else they trust who reaches their ports. */
  boolean isEncrypted();

  /** The node that leads, as far as this one knows; empty if it knows none. */
  Optional<Member> leader();

  /** The number of the current leadership, as far as this node knows; it only increases. */
  long term();

  /** The index of the last entry of the log that this node has applied. */
  long applied();

  /** The index of the last entry of the log that this node knows to be committed. */
  long committed();

  /** How often this node has heard that a node leads, since it was started. */
  long elections();

  /** How many buckets this node has. Takes no time. */
  long size();

  /** The other nodes, if this one leads; otherwise empty. */
  List<Follower> followers();

  // --- Operations

  /**
   * Makes a node a member, if this one leads. The new one gets all that it lacks first.
   *
   * @param member runs, and {@linkplain Setup#joins joins}
   * @return completed when it is a member. Fails with an {@link IOException} whose message says
   *     what was found
   */
  CompletableFuture<Void> add(Member member);

  /**
   * Makes another node a member no more, if this one leads.
   *
   * @return as {@link #add}
   */
  CompletableFuture<Void> remove(Member member);

  /**
   * Lets another node lead, if this one does. Its store is closed at once, after all replies.
   *
   * @return completed when the other one leads; fails as {@link #add} does
   */
  CompletableFuture<Void> transfer(Member to);

  /**
   * Makes a snapshot of this node's store, and deletes the log behind it.
   *
   * @return the index of the last entry in it; fails as {@link #add} does
   */
  CompletableFuture<Long> snapshot();

  // --- The end

  /**
   * Completed when the node was closed, or the others have made it a member no more. Fails with the
   * reason if it cannot take part any more: its disk has failed, or it cannot open its store. In
   * both cases it must be closed.
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
