/**
 * What a store and its endpoints can tell about themselves in numbers. It uses no other package.
 *
 * <p>No process lives here. A {@code Source} is asked by any thread; the {@code Figures} it adds to
 * belong to the thread that asks.
 */
package dev.ostler.kv.figures;
