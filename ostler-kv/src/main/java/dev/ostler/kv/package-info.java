/**
 * The embedded store: what its users see, and what opens the rooms below.
 *
 * <p>{@link dev.ostler.kv.Kv} is the way in, from any thread. {@link dev.ostler.kv.Endpoint} is how
 * others are offered a store, {@link dev.ostler.kv.BucketStore} how an engine keeps it. {@code
 * Tree} is the supervision tree as data.
 */
package dev.ostler.kv;
