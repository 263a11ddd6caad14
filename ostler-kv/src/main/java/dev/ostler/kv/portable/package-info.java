/**
 * Buckets as text: export, import, and what both count.
 *
 * <p>Used by one thread at a time, offline: on a store that nobody has open.
 */
package dev.ostler.kv.portable;
