package dev.ostler.kv.server.bench;

/**
 * What the clients send. Immutable; any thread may use it.
 *
 * @param keys how many strings, counters and hashes there are
 * @param fields how many fields a hash has
 * @param prefix what the names of all keys begin with
 * @param seed equal seeds give each client the same requests in the same order
 */
public record Load(
    Mix mix, Sizes sizes, long keys, KeyChoice choice, int fields, String prefix, long seed) {}
