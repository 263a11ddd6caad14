/**
 * A store on several nodes, and the log that they agree on.
 *
 * <p>{@code KvNode} is a store on several nodes: a {@code Kv} on the one that leads. Its changes go
 * through a {@code ReplicatedStore} into the log, and from there to the {@code StoreReplica} of
 * each node. {@code WriteCommand} is their form in the log.
 *
 * <p>{@code ReplicatedLog} is the door to the log. A node opens it with its {@code Replica}, to
 * which the committed commands are applied, in the same order on every node. The node that leads is
 * given a {@code Leadership}, with which it proposes commands. Behind the door is Apache Ratis:
 * {@code RatisLog} owns its server, {@code RatisMachine} receives its calls, {@code RatisOptions}
 * has its options. Nobody else knows it.
 */
@NullMarked
package dev.ostler.kv.raft;

import org.jspecify.annotations.NullMarked;
