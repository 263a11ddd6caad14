/**
 * What both protocols need from the operating system: addresses, limits of open files, sockets, and
 * an orderly end of a connection.
 *
 * <p>No process lives here. A {@code Wire} and its {@code Farewell} belong to the process of one
 * connection. {@code Ports}, {@code Descriptors} and {@code EndpointTree}, which describes how
 * endpoints are supervised, are for any thread.
 */
package dev.ostler.kv.server.net;
