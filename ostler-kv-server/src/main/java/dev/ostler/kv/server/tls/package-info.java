/**
 * TLS: the files it needs, and the wire that encrypts.
 *
 * <p>No process lives here. {@code TlsKeys} is the door: it reads the files, for any thread. A
 * {@code TlsWire} belongs to the process of its connection.
 */
package dev.ostler.kv.server.tls;
