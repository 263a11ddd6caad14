/**
 * What both protocols need of the operating system: addresses, files, sockets, and how to part from
 * a client.
 */
package dev.ostler.kv.server.net;
