/**
 * The buckets: their processes, and how to reach them.
 *
 * <p>{@code BucketServer} is the process of one bucket and owns its {@code Entries}; any thread
 * calls it through {@code BucketRef}. {@code BucketRegistry} is the one process that starts
 * buckets, monitors them and removes them from {@code BucketTable}, which any thread reads. {@code
 * Steward} is the process that evicts buckets from memory, {@code Expirer} the one that loads those
 * with something due, {@code AlarmClock} the one that tells those in memory. {@code Store} is the
 * door: {@link dev.ostler.kv.Kv} and endpoints use it. {@code Keyspace} reaches one bucket, several
 * at one moment ({@code LockedBuckets}), or all ({@code Catalog}).
 */
package dev.ostler.kv.bucket;
