/**
 * The command line: {@code kv serve}, and commands that work on stores and servers. The main thread
 * runs one command. {@code Main} is the door.
 */
package dev.ostler.kv.server.cli;
