/**
 * The torture of a store on three nodes: {@code tests/torture/run} starts {@link
 * dev.ostler.kv.torture.Torture}.
 *
 * <p>Each fault has a store of its own ({@link dev.ostler.kv.torture.Nodes}). Clients work on it
 * ({@link dev.ostler.kv.torture.Load}) while something happens to its nodes ({@link
 * dev.ostler.kv.torture.Faults}); afterwards what the clients were told is compared with what is
 * there ({@link dev.ostler.kv.torture.Verdict}).
 */
package dev.ostler.kv.torture;
