package dev.ostler.kv.server.admin;

import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.Events;
import dev.ostler.Sys;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Store;
import dev.ostler.observer.Panel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The buckets in memory, and those whose process crashed lately. Any thread may ask.
 *
 * <p>Of all buckets it reads what other threads see. The number of keys is asked of the buckets on
 * the page, as long as they answer at once.
 */
final class BucketsPanel implements Panel, AutoCloseable {
  private static final int CRASHED = 1000;
  private static final Duration PATIENCE = Duration.ofMillis(100);
  private static final Duration ALTOGETHER = Duration.ofSeconds(1);

  /** No value, in a cell. */
  private static final String NONE = "";

  private final Store store;
  private final Events.Subscription subscription;

  /** By the names of buckets, the oldest first. Under its own lock. */
  private final LinkedHashMap<String, Crashed> crashed = new LinkedHashMap<>();

  /** How often a bucket crashed, and the last time. */
  private record Crashed(long count, Instant last, String reason) {}

  /** A bucket that may be on the page. */
  private record Row(
      String name,
      @Nullable BucketRef bucket,
      BucketRef.@Nullable Summary summary,
      Comparable<?> key) {
    @SuppressWarnings("unchecked") // all rows of a page have keys of one type
    int compare(Row other) {
      int order = ((Comparable<Object>) key).compareTo(other.key);
      return order != 0 ? order : name.compareTo(other.name);
    }
  }

  BucketsPanel(Store store) {
    this.store = store;
    this.subscription = Events.subscribe(CrashReport.class, this::crashed);
  }

  private void crashed(CrashReport report) {
    if (report.state().orElse(null) instanceof BucketServer.Status bucket) {
      synchronized (crashed) {
        Crashed before = crashed.remove(bucket.name());
        long count = before == null ? 1 : before.count + 1;
        crashed.put(bucket.name(), new Crashed(count, Instant.now(), report.reason().toString()));
        if (crashed.size() > CRASHED) {
          crashed.pollFirstEntry();
        }
      }
    }
  }

  @Override
  public String name() {
    return "buckets";
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column("name", "Name", Type.TEXT, true),
        new Column("pid", "Process", Type.NUMBER, true),
        new Column("kind", "Kind", Type.TEXT, true),
        new Column("keys", "Keys", Type.NUMBER, false),
        new Column("bytes", "Memory", Type.BYTES, true),
        new Column("expires", "Expires", Type.TIME, true),
        new Column("crashes", "Crashes", Type.NUMBER, true),
        new Column("last_crash", "Last crash", Type.TIME, true),
        new Column("reason", "Reason", Type.TEXT, false));
  }

  @Override
  public Page page(Query query) {
    Map<String, Crashed> crashes;
    synchronized (crashed) {
      crashes = new LinkedHashMap<>(crashed);
    }
    Comparator<Row> order = query.descending() ? (a, b) -> b.compare(a) : Row::compare;
    var last = new PriorityQueue<Row>(order.reversed()); // its head goes first
    var gone = new LinkedHashMap<>(crashes);
    int most = query.offset() + query.limit();
    String text = query.text().toLowerCase(Locale.ROOT);
    int[] total = {0};
    store
        .table()
        .forEachProcess(
            bucket -> {
              String name = bucket.name();
              gone.remove(name);
              total[0] += add(name, bucket, text, query.sort(), crashes.get(name), last, most);
            });
    gone.forEach(
        (name, crash) -> total[0] += add(name, null, text, query.sort(), crash, last, most));
    var rows = new ArrayList<>(last);
    rows.sort(order);
    var cells = new ArrayList<List<Object>>();
    long end = System.nanoTime() + ALTOGETHER.toNanos();
    for (Row row : rows.subList(Math.min(query.offset(), rows.size()), rows.size())) {
      cells.add(cells(row, crashes.get(row.name), System.nanoTime() - end < 0));
    }
    return new Page(total[0], cells);
  }

  /** Adds a bucket if it is one of those that are asked for; gives how many there are more. */
  private static int add(
      String name,
      @Nullable BucketRef bucket,
      String text,
      String sort,
      @Nullable Crashed crash,
      PriorityQueue<Row> last,
      int most) {
    if (!text.isEmpty() && !name.toLowerCase(Locale.ROOT).contains(text)) {
      return 0;
    }
    BucketRef.Summary summary = bucket == null ? null : bucket.summary();
    last.add(new Row(name, bucket, summary, key(name, bucket, summary, sort, crash)));
    if (last.size() > most) {
      last.remove();
    }
    return 1;
  }

  private static Comparable<?> key(
      String name,
      @Nullable BucketRef bucket,
      BucketRef.@Nullable Summary summary,
      String sort,
      @Nullable Crashed crash) {
    return switch (sort) {
      case "pid" -> bucket == null ? 0L : bucket.pid().id();
      case "kind" -> kind(summary);
      case "bytes" -> summary == null ? 0L : summary.bytes();
      case "expires" -> summary == null ? 0L : summary.deadline();
      case "crashes" -> crash == null ? 0L : crash.count;
      case "last_crash" -> crash == null ? Instant.EPOCH : crash.last;
      default -> name;
    };
  }

  private static String kind(BucketRef.@Nullable Summary summary) {
    return summary == null ? "gone" : summary.kind().name().toLowerCase(Locale.ROOT);
  }

  private static List<Object> cells(Row row, @Nullable Crashed crash, boolean mayAsk) {
    BucketRef bucket = row.bucket;
    BucketRef.Summary summary = row.summary;
    return List.of(
        row.name,
        bucket == null ? NONE : bucket.pid().id(),
        kind(summary),
        bucket == null || !mayAsk ? NONE : keys(bucket),
        summary == null ? NONE : summary.bytes(),
        summary == null || summary.deadline() == 0
            ? NONE
            : Instant.ofEpochMilli(summary.deadline()).toString(),
        crash == null ? 0L : crash.count,
        crash == null ? NONE : crash.last.toString(),
        crash == null ? NONE : crash.reason);
  }

  private static Object keys(BucketRef bucket) {
    try {
      return Sys.status(bucket.pid(), PATIENCE).state().orElse(NONE)
              instanceof BucketServer.Status status
          ? (Object) status.keys()
          : NONE;
    } catch (CallException e) {
      return NONE;
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
