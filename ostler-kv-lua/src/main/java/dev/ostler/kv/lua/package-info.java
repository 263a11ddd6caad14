/**
 * Scripts in Lua 5.1 for the server of KV, as Redis runs them. The door is {@link
 * dev.ostler.kv.lua.LuaEngine}, which the server finds.
 *
 * <p>A script runs on the thread that calls {@link dev.ostler.kv.lua.LuaScript}, in a {@link
 * dev.ostler.kv.lua.Machine} that no other script uses meanwhile. Nothing of a script is left in a
 * machine: what is global there is read-only.
 */
package dev.ostler.kv.lua;
