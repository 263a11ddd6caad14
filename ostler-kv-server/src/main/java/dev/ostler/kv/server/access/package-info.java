/**
 * Access control: users, their rights, the rules and files that define them, and the log of
 * refusals.
 *
 * <p>{@code Access} is the door; any thread may use it. It checks a {@code GuardedCommand} for a
 * {@code Subject}, and knows neither the command table nor sessions.
 */
package dev.ostler.kv.server.access;
