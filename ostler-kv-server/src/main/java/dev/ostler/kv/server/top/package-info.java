/**
 * What {@code kv top} shows: the processes of a running program, asked over HTTP of its observer.
 *
 * <p>No process lives here. {@code Top} is the door: it prints, or shows a screen that changes. A
 * {@code Snapshot} is what was told at one moment, a {@code View} is what is wished to be seen of
 * it; both are values. {@code Screen} makes lines of them, without a terminal. On a terminal one
 * thread owns the {@code View} and draws; one reads keys, and one asks the observer.
 */
package dev.ostler.kv.server.top;
