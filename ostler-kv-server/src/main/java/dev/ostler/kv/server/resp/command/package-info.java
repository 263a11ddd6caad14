/**
 * The RESP commands, a file for each family. {@code AllCommands} lists them.
 *
 * <p>A command's body runs where its kind says, see {@code CommandSpec}: in the bucket's process,
 * while all its buckets are held, or in the client's process.
 */
package dev.ostler.kv.server.resp.command;
