package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import dev.ostler.Timer;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The process that tells buckets when something in them is due. It has one timer, for the first of
 * the store's {@link Alarms}.
 *
 * <p>Most buckets expire on its thread, because they are direct servers. If very many are due at
 * one moment, it lets others have their turn after a few.
 */
public final class AlarmClock
    implements GenServer<AlarmClock.Set, Call<AlarmClock, ?>, Cast<AlarmClock>> {
  /** A message from a bucket, and to itself: there is an earlier alarm, or there may be more. */
  record Look() {}

  /** The timer's message. */
  private record Ring(long at) {}

  static final Look LOOK = new Look();

  /** How many buckets are told before others have their turn. */
  private static final int AT_ONCE = 100;

  /** It looks at the system's clock at least so often, because that may be set forward. */
  private static final long LONGEST = Duration.ofMinutes(1).toMillis();

  /** Until it tries again when there was no memory. */
  private static final long PAUSE = 20;

  private final Alarms alarms;
  private final LongSupplier clock;

  /** For the buckets of one store. */
  public AlarmClock(Environment environment) {
    this.alarms = environment.alarms();
    this.clock = environment.clock();
  }

  /** The state: the timer that is set. Used by the process only. */
  static final class Set {
    private @Nullable Timer timer;
    private long at;
  }

  @Override
  public Init<Set> init() {
    alarms.rungBy(Self.pid());
    var set = new Set();
    look(set);
    return Init.ok(set);
  }

  @Override
  public Next<? extends Set> handleInfo(Object message, Set set) throws Exception {
    switch (message) {
      case Look _ -> {}
      case Ring(long at) when at == set.at -> set.timer = null;
      case Ring _ -> {} // it was cancelled too late
      default -> {
        return GenServer.super.handleInfo(message, set);
      }
    }
    look(set);
    return Next.noReply(set);
  }

  private void look(Set set) {
    try {
      if (ring()) {
        Self.pid().send(LOOK);
      } else {
        wind(set, alarms.first());
      }
    } catch (OutOfMemoryError e) { // no bucket is forgotten: it tries again
      FullHeap.log("buckets with something due were not told", e);
      wind(set, clock.getAsLong() + PAUSE);
    }
  }

  /** Tells some buckets that they are due; whether more may be. */
  private boolean ring() {
    long now = clock.getAsLong();
    for (int i = 0; i < AT_ONCE; i++) {
      Alarms.Alarm due = alarms.due(now);
      if (due == null) {
        return false;
      }
      try {
        due.bucket().tellDue();
      } catch (Throwable e) {
        alarms.repeat(due);
        throw e;
      }
    }
    return true;
  }

  /** Sets the timer for this moment, unless it is set. */
  private void wind(Set set, long at) {
    if (set.timer != null && set.at == at) {
      return;
    }
    if (set.timer != null) {
      set.timer.cancel();
      set.timer = null;
    }
    if (at != Alarms.NEVER) {
      long wait = Math.clamp(at - clock.getAsLong(), 1, LONGEST);
      set.at = at;
      set.timer = Self.sendAfter(new Ring(at), Duration.ofMillis(wait));
    }
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof Set ? status.state(alarms.size() + " alarms") : status;
  }
}
