package dev.ostler.kv.server.admin;

import dev.ostler.kv.bucket.Resident;
import dev.ostler.kv.figures.Figures;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** The figures of this JVM. Any thread may use it. */
final class JvmFigures implements Figures.Source {
  @Override
  public void tell(Figures to) {
    Runtime jvm = Runtime.getRuntime();
    to.gauges("jvm_memory_used_bytes", "Heap in use, with its garbage.", "area")
        .add(jvm.totalMemory() - jvm.freeMemory(), "heap");
    to.gauges("jvm_memory_committed_bytes", "Heap that the JVM has from the system.", "area")
        .add(jvm.totalMemory(), "heap");
    to.gauges("jvm_memory_max_bytes", "The largest heap that the JVM may have.", "area")
        .add(jvm.maxMemory(), "heap");
    Figures.Family collections =
        to.counters("jvm_gc_collections_total", "Collections of garbage.", "gc");
    Figures.Family seconds =
        to.counters("jvm_gc_seconds_total", "Time that collections of garbage took.", "gc");
    for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections.add(Math.max(0, each.getCollectionCount()), each.getName());
      seconds.add(Math.max(0, each.getCollectionTime()) / 1e3, each.getName());
    }
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
