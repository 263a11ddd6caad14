package dev.ostler.kv.server.script;

/**
 * What one run of a script may use up; 0 is no limit.
 *
 * @param millis of time
 * @param instructions of its virtual machine
 * @param bytes of memory that it can reach, approximately
 */
public record ScriptLimits(long millis, long instructions, long bytes) {}
