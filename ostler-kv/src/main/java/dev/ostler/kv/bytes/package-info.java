/**
 * Byte strings, and what holds them: the lowest room.
 *
 * <p>A byte string is a {@code String} each of whose chars is one byte. {@code Dict} is a hash
 * table whose keys are byte strings, and which is looked up by a range of bytes; it belongs to its
 * owner. All else here is immutable or a pure function.
 */
package dev.ostler.kv.bytes;
