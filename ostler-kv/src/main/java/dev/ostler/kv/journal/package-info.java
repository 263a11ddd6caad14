/**
 * How changes become durable.
 *
 * <p>Buckets append groups of changes to {@code Journal}, whose own thread hands them to the engine
 * in their order and moves two marks: written and durable. {@code Gate} holds a reply back until
 * its mark is passed. {@code Archive} reads what is stored, on threads of its own. {@code
 * StoreKeeper} is the process that closes all of it last. Knows nothing of buckets but their
 * changes.
 */
package dev.ostler.kv.journal;
