/**
 * What a client says: the arguments of one command, how one is refused, and patterns.
 *
 * <p>An {@code Args} belongs to the thread that parses; a copy belongs to whoever made it.
 */
package dev.ostler.kv.server.args;
