/**
 * The endpoints of a store: {@link dev.ostler.kv.server.LineProtocol}, {@link
 * dev.ostler.kv.server.Resp} and {@link dev.ostler.kv.server.Admin}, and the values that configure
 * them.
 *
 * <p>{@link dev.ostler.kv.KvConfig#with} adds an endpoint to a store, whose supervisor then starts
 * it.
 */
package dev.ostler.kv.server;
