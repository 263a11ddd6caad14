package dev.ostler.kv.server;

import dev.ostler.Down;
import dev.ostler.ManualClock;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A store whose clock a test controls, with a client, and a record of the events of its buckets.
 * Used by the process of the test that opened it.
 */
public final class TimedStore implements AutoCloseable {
  public static final long BEGIN = 1_700_000_000_000L;

  private final ManualClock timers = ManualClock.install();
  private final AtomicLong now = new AtomicLong(BEGIN);
  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final Kv kv;
  private final RespPeer peer;

  public TimedStore() throws IOException {
    this(KvConfig.inMemory().with(Resp.on(0)));
  }

  public TimedStore(KvConfig config) throws IOException {
    kv =
        TestKv.open(
            config,
            new Environment(
                config.limits(),
                now::get,
                new LongAdder(),
                (bucket, type, event) -> events.add(type + " " + event + " " + bucket)));
    peer = RespPeer.of(kv);
  }

  public Kv kv() {
    return kv;
  }

  public RespPeer peer() {
    return peer;
  }

  /** The reply to a command. */
  public @Nullable Object ask(String... words) throws IOException {
    return peer.ask(words);
  }

  /** The reply to a command that is given as one line. */
  public @Nullable Object does(String line) throws IOException {
    return peer.ask(line.split(" "));
  }

  /** Sets the value of a bucket. */
  public void text(String name, String value) {
    var _ =
        Inside.of(
            Store.of(kv).getOrStart(name),
            entries -> {
              entries.apply(new Change.Text(value));
              return entries.seq();
            });
  }

  /** The events since the previous call. */
  public List<String> events() {
    var told = new ArrayList<String>();
    for (String event = events.poll(); event != null; event = events.poll()) {
      told.add(event);
    }
    return told;
  }

  public long now() {
    return now.get();
  }

  /** Advances the clock, and fires the timers. */
  public void pass(long millis) {
    passUnnoticed(millis);
    wakeTimers(millis);
  }

  /** Advances the clock only; timers do not fire. */
  public void passUnnoticed(long millis) {
    var _ = Sys.getState(process("kv alarm clock")); // it looks at no alarm while the clock moves
    now.addAndGet(millis);
  }

  /** Fires the timers only, and waits until buckets are told; the clock does not advance. */
  public void wakeTimers(long millis) {
    timers.advance(Duration.ofMillis(millis));
    var _ = Sys.getState(process("kv alarm clock")); // after the timer's message
  }

  /**
   * Wakes the steward and the expirer of a durable store, and waits until their changes are
   * written.
   */
  void letStewardWork() {
    wakeTimers(50);
    var _ = Sys.getState(process("kv steward")); // after the timer's message
    var _ = Sys.getState(process("kv expirer"));
    TestKv.journal(kv).awaitWritten();
  }

  Pid process(String label) {
    return Processes.list().stream()
        .filter(pid -> pid.isAlive() && pid.label().startsWith(label))
        .findFirst()
        .orElseThrow();
  }

  /**
   * How many timers are set by the store and the test, after the process of the clients has set its
   * own again, and the alarm clock its own.
   */
  public int timers() {
    var _ = Sys.getState(process("kv resp clients")); // after the timer's message
    var _ = Sys.getState(process("kv alarm clock"));
    return timers.pending();
  }

  /** How many buckets in memory have an alarm set. */
  public int alarms() {
    return Inside.alarms(Store.of(kv).environment());
  }

  /** Monitors this bucket's process. */
  public MonitorRef watch(String name) {
    return Self.monitor(kv.lookup(name).orElseThrow().pid());
  }

  /** Waits for its end. */
  public static Down await(MonitorRef ref) {
    return Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofDays(999))
        .orElseThrow();
  }

  @Override
  public void close() throws IOException {
    peer.close();
    kv.close();
  }
}
