/**
 * The line protocol.
 *
 * <p>{@code LineListener} is the process that accepts; {@code Connections} starts a process for
 * each client, a {@code LineConnection}, and has it end. {@code LineEndpoint} is the door.
 */
package dev.ostler.kv.server.line;
