/**
 * The buckets: their processes, and every way to one.
 *
 * <p>{@code BucketServer} is the process of one bucket and owns its {@code Entries}; any thread
 * asks it through {@code BucketRef}. {@code BucketRegistry} is the one process that starts buckets,
 * monitors them and takes them out of {@code BucketTable}, which any thread reads. {@code Steward}
 * is the process that has buckets leave memory and expire. {@code Store} is the door: what {@link
 * dev.ostler.kv.Kv} and endpoints use. {@code Keyspace} is the way to several buckets at once.
 */
package dev.ostler.kv.bucket;
