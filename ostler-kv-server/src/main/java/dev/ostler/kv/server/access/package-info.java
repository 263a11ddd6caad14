/**
 * Who may do what: users, their rights, the rules and files these come from, and the log of
 * refusals.
 *
 * <p>Any thread may use {@code Access}; what it checks is a {@code GuardedCommand} for a {@code
 * Subject}: it knows neither the table of commands nor sessions.
 */
package dev.ostler.kv.server.access;
