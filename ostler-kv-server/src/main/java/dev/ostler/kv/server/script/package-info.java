/**
 * What the server and an engine for scripts know of each other. An engine is in a module of its
 * own, and {@link java.util.ServiceLoader} finds it by {@link
 * dev.ostler.kv.server.script.ScriptEngine}. Nothing lives here: there are only values and
 * interfaces.
 */
package dev.ostler.kv.server.script;
