/**
 * RESP: loops that read and write, clients, and the way of each command.
 *
 * <p>{@code RespLoop} threads own the selectors. {@code RespConnection} is the process of one
 * client and owns its {@code Session}, which runs the client's commands. {@code RespServer} is what
 * all clients share. {@code CommandSpec} describes a command. The commands themselves are in the
 * package {@code command}, which this package does not know. {@code RespEndpoint} is the door.
 */
package dev.ostler.kv.server.resp;
