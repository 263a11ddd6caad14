/** The libraries that scripts use. The door is {@link dev.ostler.kv.lua.lib.Libraries}. */
package dev.ostler.kv.lua.lib;
