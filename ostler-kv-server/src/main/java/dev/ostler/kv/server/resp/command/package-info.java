/**
 * The RESP commands, with one file for each family. {@code AllCommands}, which lists them, is the
 * door.
 *
 * <p>The kind of a command's body decides where it runs, see {@code CommandSpec}: in the bucket's
 * process, while all its buckets are locked, or in the client's process.
 */
package dev.ostler.kv.server.resp.command;
