package dev.ostler.kv.server.admin;

import dev.ostler.Processes;
import dev.ostler.kv.bucket.Resident;
import dev.ostler.kv.figures.Figures;

/** The figures of this JVM and of the processes in it. Any thread may use it. */
final class JvmFigures implements Figures.Source {
  @Override
  public void tell(Figures to) {
    to.gauge("ostler_processes", "Processes that live in this JVM.", Processes.count());
    Runtime jvm = Runtime.getRuntime();
    to.gauges("jvm_memory_used_bytes", "Heap in use, with its garbage.", "area")
        .add(jvm.totalMemory() - jvm.freeMemory(), "heap");
    to.gauges("jvm_memory_committed_bytes", "Heap that the JVM has from the system.", "area")
        .add(jvm.totalMemory(), "heap");
    to.gauges("jvm_memory_max_bytes", "The largest heap that the JVM may have.", "area")
        .add(jvm.maxMemory(), "heap");
    Resident.bytes()
        .ifPresent(bytes -> to.gauge("process_resident_memory_bytes", "Memory in use.", bytes));
    var info = ProcessHandle.current().info();
    info.totalCpuDuration()
        .ifPresent(
            time ->
                to.counter(
                    "process_cpu_seconds_total",
                    "Processor time used, in the system and outside.",
                    time.toNanos() / 1e9));
    info.startInstant()
        .ifPresent(
            start ->
                to.gauge(
                    "process_start_time_seconds",
                    "When the JVM started, in seconds since 1970.",
                    start.toEpochMilli() / 1e3));
  }
}
