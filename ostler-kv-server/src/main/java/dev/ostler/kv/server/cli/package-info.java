/**
 * The command line: {@code kv serve}, and commands that work on stores and servers. The main thread
 * runs one command.
 */
package dev.ostler.kv.server.cli;
