/**
 * TLS: the files it needs, and the wire that encrypts. {@code TlsKeys} is used by any thread, a
 * {@code TlsWire} by its connection's.
 */
package dev.ostler.kv.server.tls;
