package dev.ostler.micrometer;

import dev.ostler.Distribution;
import dev.ostler.Mailboxes;
import dev.ostler.Metrics;
import dev.ostler.MetricsSnapshot;
import dev.ostler.ProcessMetrics;
import dev.ostler.SchedulerLoad;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Binds the {@link Metrics} of all processes of this JVM to a registry of Micrometer.
 *
 * <p>All meters but those of the scheduler have a tag {@code label}, with about 200 values at most.
 * A label has its meters once the registry has been read after its first process. Any thread may
 * use it; from {@link #bindTo} until {@link #close} it measures.
 */
public final class OstlerMetrics implements MeterBinder, AutoCloseable {
  /** For so long, all meters that are read show the same moment. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** Percentiles are of at least so long, and of twice that at most. */
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private static final double[] SHARES = {0.5, 0.9, 0.99, 1};

  private final Tags tags;
  private final Duration moment;
  private final Duration window;
  private final List<Bound> all = new ArrayList<>(); // under its lock

  /** Without tags. */
  public OstlerMetrics() {
    this(Tags.empty());
  }

  /** With tags that all meters get. */
  public OstlerMetrics(Iterable<Tag> tags) {
    this(tags, MOMENT, WINDOW);
  }

  /**
   * With tags that all meters get.
   *
   * @param moment for so long, all meters that are read show the same moment, by default a second;
   *     zero to look anew for each
   */
  public OstlerMetrics(Iterable<Tag> tags, Duration moment) {
    this(tags, moment, WINDOW);
  }

  OstlerMetrics(Iterable<Tag> tags, Duration moment, Duration window) {
    this.tags = Tags.of(tags);
    this.moment = moment;
    this.window = window;
  }

  /** Measures from now on, and tells this registry. */
  @Override
  public void bindTo(MeterRegistry registry) {
    var bound = new Bound(registry, tags, moment, window);
    synchronized (all) {
      all.add(bound);
    }
    bound.begin();
  }

  /** Ends the measurement, and removes its meters from the registries. */
  @Override
  public void close() {
    synchronized (all) {
      all.forEach(Bound::close);
      all.clear();
    }
  }

  /** As if the moment were over: for tests. */
  void look() {
    synchronized (all) {
      all.forEach(Bound::look);
    }
  }

  /** What was measured of one label that has no figures. */
  private static final Mailboxes.Depth NOTHING = new Mailboxes.Depth(0, 0, 0, Optional.empty());

  /** The meters in one registry. */
  private static final class Bound {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Duration moment;
    private final Duration window;
    private final Metrics metrics = Metrics.open();

    // Under the lock.
    private final Set<String> labels = new HashSet<>();
    private final List<Meter> meters = new ArrayList<>();
    private boolean isClosed;
    private long looked = System.nanoTime();
    private MetricsSnapshot now = metrics.snapshot();
    private MetricsSnapshot newer = now; // where the next window begins
    private MetricsSnapshot older = now; // where this window begins
    private Map<String, ProcessMetrics> counted = Map.of();
    private Map<String, ProcessMetrics> lately = Map.of();
    private Mailboxes mailboxes = Mailboxes.now();

    Bound(MeterRegistry registry, Tags tags, Duration moment, Duration window) {
      this.registry = registry;
      this.tags = tags;
      this.moment = moment;
      this.window = window;
    }

    synchronized void begin() {
      load("workers", "Threads of the scheduler of processes", SchedulerLoad::workers);
      load(
          "awake",
          "Threads of the scheduler that have work or look for some",
          SchedulerLoad::awake);
      load("queued", "Processes that wait for their turn", SchedulerLoad::queued);
      look();
    }

    private void load(String name, String what, ToDoubleFunction<SchedulerLoad> value) {
      meters.add(
          Gauge.builder(
                  "ostler.scheduler." + name,
                  () -> {
                    fresh();
                    return value.applyAsDouble(SchedulerLoad.now());
                  })
              .description(what)
              .tags(tags)
              .register(registry));
    }

    // --- The moment that is shown ---

    private synchronized void fresh() {
      if (System.nanoTime() - looked >= moment.toNanos()) {
        look();
      }
    }

    synchronized void look() {
      if (isClosed) {
        return;
      }
      looked = System.nanoTime();
      now = metrics.snapshot();
      if (now.time().minus(newer.time()).compareTo(window) >= 0) {
        older = newer;
        newer = now;
      }
      counted = now.byLabel();
      lately = now.minus(older).byLabel();
      mailboxes = Mailboxes.now();
      for (String label : counted.keySet()) {
        add(label);
      }
      for (String label : mailboxes.byLabel().keySet()) {
        add(label);
      }
    }

    private synchronized double counted(String label, ToLongFunction<ProcessMetrics> what) {
      fresh();
      ProcessMetrics of = counted.get(label);
      return of == null ? 0 : what.applyAsLong(of);
    }

    private synchronized double depth(String label, ToLongFunction<Mailboxes.Depth> what) {
      fresh();
      return what.applyAsLong(mailboxes.byLabel().getOrDefault(label, NOTHING));
    }

    private synchronized double percentile(
        String label, Function<ProcessMetrics, Distribution> what, double share) {
      fresh();
      ProcessMetrics of = lately.get(label);
      return of == null ? 0 : what.apply(of).percentile(share).toNanos() / 1e9;
    }

    // --- The meters of a label ---

    private void add(String label) {
      if (!labels.add(label)) {
        return;
      }
      Tags own = tags.and("label", label);
      gauge("ostler.processes", "Processes that live", own, Mailboxes.Depth::processes);
      gauge("ostler.mailbox.messages", "Messages that wait", own, Mailboxes.Depth::queued);
      gauge(
          "ostler.mailbox.longest",
          "Messages that wait for one process",
          own,
          Mailboxes.Depth::longest);
      counter("ostler.process.starts", "Processes that began", own, ProcessMetrics::started);
      for (ProcessMetrics.Ending how : ProcessMetrics.Ending.values()) {
        counter(
            "ostler.process.exits",
            "Processes that ended",
            own.and("reason", how.name().toLowerCase(Locale.ROOT)),
            of -> of.ended(how));
      }
      counter(
          "ostler.process.restarts",
          "Processes started again by a supervisor",
          own,
          ProcessMetrics::restarts);
      counter(
          "ostler.supervisor.surrenders", "Supervisors that gave up", own, ProcessMetrics::gaveUp);
      counter("ostler.calls", "Calls of these servers", own, ProcessMetrics::calls);
      counter("ostler.call.timeouts", "Calls that timed out", own, ProcessMetrics::timeouts);
      counter(
          "ostler.call.cycles",
          "Calls that would have waited for themselves",
          own,
          ProcessMetrics::cycles);
      counter(
          "ostler.call.unanswered",
          "Calls without a reply for another reason",
          own,
          ProcessMetrics::unanswered);
      counter("ostler.callbacks", "Messages that were handled", own, ProcessMetrics::callbacks);
      counter(
          "ostler.dead.letters", "Messages that were dropped", own, ProcessMetrics::deadLetters);
      timer(
          "ostler.call.time",
          "How long calls took, of those that were timed",
          own,
          ProcessMetrics::callTimes);
      timer(
          "ostler.call.wait",
          "How long requests waited for their callback",
          own,
          ProcessMetrics::waits);
      timer(
          "ostler.callback.time",
          "How long callbacks took, of those that were timed",
          own,
          ProcessMetrics::callbackTimes);
    }

    private static String label(Tags own) {
      return own.stream()
          .filter(tag -> tag.getKey().equals("label"))
          .findFirst()
          .orElseThrow()
          .getValue();
    }

    private void gauge(String name, String what, Tags own, ToLongFunction<Mailboxes.Depth> value) {
      String label = label(own);
      meters.add(
          Gauge.builder(name, () -> depth(label, value))
              .description(what)
              .tags(own)
              .register(registry));
    }

    /** The function refers to this object, so that the registry keeps it. */
    private void counter(String name, String what, Tags own, ToLongFunction<ProcessMetrics> value) {
      String label = label(own);
      meters.add(
          FunctionCounter.builder(name, this, _ -> counted(label, value))
              .description(what)
              .tags(own)
              .register(registry));
    }

    private void timer(
        String name, String what, Tags own, Function<ProcessMetrics, Distribution> value) {
      String label = label(own);
      meters.add(
          FunctionTimer.builder(
                  name,
                  this,
                  _ -> (long) counted(label, of -> value.apply(of).count()),
                  _ -> counted(label, of -> value.apply(of).sum().toNanos()),
                  TimeUnit.NANOSECONDS)
              .description(what)
              .tags(own)
              .register(registry));
      for (double share : SHARES) {
        meters.add(
            Gauge.builder(name + ".percentile", () -> percentile(label, value, share))
                .description(what)
                .baseUnit("seconds")
                .tags(own.and("phi", share == 1 ? "1" : Double.toString(share)))
                .register(registry));
      }
    }

    synchronized void close() {
      isClosed = true;
      metrics.close();
      meters.forEach(registry::remove);
      meters.clear();
    }
  }
}
