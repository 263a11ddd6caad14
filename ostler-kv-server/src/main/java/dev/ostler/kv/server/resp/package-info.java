/**
 * RESP: the loops that read and write, the clients, and what becomes of each command.
 *
 * <p>{@code RespLoop} threads own the sockets' readiness. {@code RespConnection} is the process of
 * one client and owns its {@code Session}, which says what becomes of each command. {@code
 * RespServer} is what all clients share. {@code CommandSpec} describes a command; the commands
 * themselves are one room further up, and this one does not know them. {@code RespEndpoint} is the
 * door.
 */
package dev.ostler.kv.server.resp;
