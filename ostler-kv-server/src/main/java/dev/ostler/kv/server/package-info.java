/**
 * Endpoints of a store: values that {@link dev.ostler.kv.KvConfig#with} adds to it, and that are
 * supervised by it.
 *
 * <p>{@link dev.ostler.kv.server.LineProtocol} and {@link dev.ostler.kv.server.Resp}, with what
 * they are told.
 */
package dev.ostler.kv.server;
