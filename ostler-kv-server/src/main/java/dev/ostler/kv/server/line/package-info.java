/**
 * The line protocol.
 *
 * <p>{@code LineListener} is the process that accepts clients. {@code LineConnections} starts and
 * ends the process of each client, which runs a {@code LineConnection}. {@code LineEndpoint} is the
 * door.
 */
package dev.ostler.kv.server.line;
