/**
 * What {@code kv shell} says and shows when it speaks RESP: a command at a time, typed, piped or
 * given.
 *
 * <p>No process lives here. {@code Shell} is the door. {@code Words} splits a line into the words
 * of a command; a {@code Reply} is what the server answers, and a {@code Format} makes text of it.
 * {@code Talk} sends commands, and connects again when a connection was lost; the thread that reads
 * from a connection belongs to its {@code Session}. {@code TypedShell} owns the terminal.
 */
package dev.ostler.kv.server.shell;
