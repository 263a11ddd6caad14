/**
 * Buckets as text: export and import.
 *
 * <p>One thread at a time uses it, offline: on a store that no server has open.
 */
package dev.ostler.kv.portable;
