package dev.ostler.kv.bucket;

import dev.ostler.kv.figures.Figures;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Journal;

/** The figures of a store: its buckets, and its journal if it is durable. Any thread may use it. */
final class StoreFigures implements Figures.Source {
  private final BucketTable table;
  private final Catalog catalog;
  private final Environment environment;

  StoreFigures(BucketTable table, Catalog catalog, Environment environment) {
    this.table = table;
    this.catalog = catalog;
    this.environment = environment;
  }

  @Override
  public void tell(Figures to) {
    to.gauge(
        "kv_buckets",
        "Buckets; of a durable store, those that the disk has.",
        catalog.archive().map(Archive::approximateSize).orElseGet(() -> (long) table.size()));
    to.gauge("kv_buckets_in_memory", "Buckets that have a process.", table.processes());
    to.gauge(
        "kv_buckets_in_memory_with_deadline",
        "Buckets in memory that have a deadline.",
        table.expiring());
    to.gauge(
        "kv_buckets_memory_bytes",
        "About how much of the heap buckets take.",
        environment.memory().sum());
    to.counter(
        "kv_evictions_total",
        "Buckets of a durable store that left memory, and stayed on the disk.",
        table.evictions());
    to.gauge("kv_durable", "1 if the store is durable, 0 if it is in memory.", durable());
    catalog.archive().ifPresent(archive -> tell(archive, to));
  }

  private int durable() {
    return environment.isDurable() ? 1 : 0;
  }

  private static void tell(Archive archive, Figures to) {
    Journal journal = archive.journal();
    to.gauge(
        "kv_journal_pending_bytes",
        "Changes that the storage engine does not have yet.",
        journal.waiting());
    to.counter(
        "kv_journal_appends_total",
        "Groups of changes that the storage engine was given.",
        journal.appends());
    to.counter("kv_journal_syncs_total", "Syncs to the disk.", journal.syncs());
    to.counter(
        "kv_journal_sync_seconds_total",
        "Time that syncs to the disk took.",
        journal.syncNanos() / 1e9);
    to.gauge(
        "kv_journal_failed",
        "1 once the disk has failed, so that nothing more becomes durable.",
        journal.hasFailed() ? 1 : 0);
    to.gauge(
        "kv_journal_disk_full",
        "1 while changes are refused because the disk is full.",
        journal.hasNoRoom() ? 1 : 0);
    to.counter(
        "kv_damaged_reads_total", "Reads from the disk that failed.", archive.damagedReads());
  }
}
