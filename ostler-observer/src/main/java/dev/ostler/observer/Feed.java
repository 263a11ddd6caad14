package dev.ostler.observer;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams that are open: each gets the overview once a second, and everything that goes wrong.
 * Any thread may open one.
 *
 * <p>Each has a queue, which others only offer something: a client that does not read loses what
 * finds the queue full, and then its connection.
 */
final class Feed implements AutoCloseable {
  /** How many streams there are at most. */
  static final int MOST = 64;

  /** How many events of what goes wrong a client gets in a second. */
  static final int MOST_HAPPENED = 50;

  private static final int QUEUE = 256;
  private static final long QUIET_SECONDS = 15;
  private static final Item END = new Item("end", Map.of());

  private final Semaphore places = new Semaphore(MOST);
  private final Sampler sampler;
  private final Happenings happenings;
  private final Overview overview;
  private final List<Viewer> viewers = new CopyOnWriteArrayList<>();
  private final Runnable sampled = this::sampled;
  private final Consumer<Happenings.Happened> happened = this::happened;

  Feed(Sampler sampler, Happenings happenings, Overview overview) {
    this.sampler = sampler;
    this.happenings = happenings;
    this.overview = overview;
  }

  /** An event that waits for its client. */
  private record Item(String name, Map<String, Object> data) {}

  /** One client. */
  private static final class Viewer {
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicInteger happened = new AtomicInteger(); // in this second
    private final boolean authorized;

    Viewer(boolean authorized) {
      this.authorized = authorized;
    }

    void tell(Item item) {
      var _ = queue.offer(item);
    }

    void tellOverview(Map<String, Object> brief) {
      int leftOut = happened.getAndSet(0) - MOST_HAPPENED;
      if (leftOut > 0) {
        tell(new Item("happened", Json.object("kind", "left_out", "count", leftOut)));
      }
      Map<String, Object> told = new LinkedHashMap<>(brief);
      told.put("authorized", authorized);
      tell(new Item("overview", told));
    }

    void tellHappened(Map<String, Object> event) {
      if (happened.incrementAndGet() <= MOST_HAPPENED) {
        tell(new Item("happened", event));
      }
    }

    /** The next event; null if nothing happens for a while. */
    @Nullable Item next() throws InterruptedException {
      return queue.poll(QUIET_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * A stream for one more client.
   *
   * @throws Refusal if there are too many
   */
  Answer open(boolean authorized) {
    if (!places.tryAcquire()) {
      throw new Refusal(503, "there are " + MOST + " streams already");
    }
    return new Answer.Streamed(stream -> serve(new Viewer(authorized), stream), places::release);
  }

  private void serve(Viewer viewer, EventStream stream) throws IOException, InterruptedException {
    add(viewer);
    try {
      viewer.tellOverview(overview.brief());
      for (Item item = viewer.next(); item != END; item = viewer.next()) {
        if (item == null) {
          stream.comment();
        } else {
          stream.send(item.name, item.data);
        }
      }
    } finally {
      remove(viewer);
    }
  }

  private synchronized void add(Viewer viewer) {
    viewers.add(viewer);
    if (viewers.size() == 1) {
      happenings.listen(happened);
      sampler.listen(sampled);
    } else {
      sampler.ask();
    }
  }

  private synchronized void remove(Viewer viewer) {
    viewers.remove(viewer);
    if (viewers.isEmpty()) {
      happenings.ignore(happened);
      sampler.ignore(sampled);
    }
  }

  private void sampled() {
    Map<String, Object> brief = overview.brief();
    viewers.forEach(viewer -> viewer.tellOverview(brief));
  }

  private void happened(Happenings.Happened event) {
    Map<String, Object> told = event.told();
    viewers.forEach(viewer -> viewer.tellHappened(told));
  }

  @Override
  public void close() {
    for (Viewer each : viewers) {
      each.queue.clear();
      each.tell(END);
    }
  }
}
