/**
 * Lua 5.1: compiles scripts, and runs them within limits. It knows nothing of KV. The door is
 * {@link dev.ostler.kv.lua.vm.Lua}.
 *
 * <p>{@code Lexer} reads words, {@code Parser} a script, {@code FunctionCode} makes the
 * instructions of a function ({@code Prototype}), and {@code Lua} runs them. {@code Meter} counts
 * what a run uses up.
 *
 * <p>The instructions and the way to choose them are those of PUC-Rio's compiler of Lua 5.1, which
 * is: Copyright (C) 1994-2012 Lua.org, PUC-Rio, under the MIT license. The file {@code
 * META-INF/NOTICE} of the module has its text.
 */
package dev.ostler.kv.lua.vm;
