/**
 * The load generator: clients that send a random mix of commands to a server of RESP, and what they
 * measured.
 *
 * <p>No process lives here. {@code Bench} is the door: it connects the clients, each with a thread
 * of its own, and returns {@code Results}. Each client owns its connection, its {@code Pace} and
 * its random numbers; all of them share one {@code Tally}.
 */
package dev.ostler.kv.server.bench;
