/**
 * What a client sends: the arguments of one command, its refusal, and patterns.
 *
 * <p>An {@code Args} belongs to the thread that parses. A copy belongs to the thread that made it.
 */
package dev.ostler.kv.server.args;
