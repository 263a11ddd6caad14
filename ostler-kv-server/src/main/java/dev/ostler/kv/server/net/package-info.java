/**
 * What both protocols need from the operating system: addresses, limits of open files, sockets, and
 * an orderly end of a connection.
 */
package dev.ostler.kv.server.net;
