/**
 * Byte strings, and the hash table that holds them. It uses no other package.
 *
 * <p>A byte string is a {@code String} each of whose chars is one byte. {@code Dict} is a hash
 * table with byte strings as keys; a range of bytes can be looked up in it. One thread at a time
 * changes a table. All else here is immutable, a pure function, or used by one thread.
 */
package dev.ostler.kv.bytes;
