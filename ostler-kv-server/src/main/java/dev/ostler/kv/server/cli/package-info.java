/**
 * The command line: {@code kv serve}, and commands on stores and servers. Each command is used by
 * the main thread alone.
 */
package dev.ostler.kv.server.cli;
