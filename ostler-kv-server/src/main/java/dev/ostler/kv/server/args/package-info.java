/**
 * What a client sends: the arguments of one command, its refusal, and patterns.
 *
 * <p>No process lives here. An {@code Args} belongs to the thread that parses; a copy belongs to
 * the thread that made it. {@code CommandError} and {@code Glob} are for any thread.
 */
package dev.ostler.kv.server.args;
