package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;

/** A change of a bucket, and its number, see {@link dev.ostler.kv.journal.Numbering}. Immutable. */
record NumberedChange(Change change, long seq) {}
