/**
 * Buckets as text: export and import.
 *
 * <p>No process lives here. The command line comes in through {@code StoredBuckets}, for an export,
 * and {@code Import}. One thread at a time uses them, offline: on a store that no server has open.
 */
package dev.ostler.kv.portable;
