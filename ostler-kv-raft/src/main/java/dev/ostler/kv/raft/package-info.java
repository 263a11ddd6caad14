/**
 * A log that several nodes agree on.
 *
 * <p>{@code ReplicatedLog} is the door. A node opens it with its {@code Replica}, to which the
 * committed commands are applied, in the same order on every node. The node that leads is given a
 * {@code Leadership}, with which it proposes commands. Behind the door is Apache Ratis: {@code
 * RatisLog} owns its server, {@code RatisMachine} receives its calls, {@code RatisOptions} has its
 * options. Nobody else knows it.
 */
@NullMarked
package dev.ostler.kv.raft;

import org.jspecify.annotations.NullMarked;
