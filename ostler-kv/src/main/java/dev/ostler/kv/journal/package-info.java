/**
 * How changes become durable.
 *
 * <p>Buckets append groups of changes to {@code Journal}. Its thread hands them to the engine in
 * their order, and moves two marks: written and durable. {@code Gate} withholds a reply until the
 * mark has passed what it depends on. {@code Archive} reads stored buckets, on its own threads.
 * {@code StoreKeeper} is the process that closes all of it last. The package knows nothing of
 * buckets but their changes. {@code Durability} is the door: a {@code Journal}, or {@code
 * InMemory}.
 */
package dev.ostler.kv.journal;
