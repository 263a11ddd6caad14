/**
 * The embedded store: its public API, and the supervision tree that opens the packages below.
 *
 * <p>{@link dev.ostler.kv.Kv} is the door, from any thread. An {@link dev.ostler.kv.Endpoint}
 * offers a store to others; a {@link dev.ostler.kv.BucketStore} is an engine that stores buckets on
 * disk. {@code Tree} is the supervision tree as data.
 */
package dev.ostler.kv;
