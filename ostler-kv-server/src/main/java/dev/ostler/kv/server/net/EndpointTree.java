package dev.ostler.kv.server.net;

import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.time.Duration;

/** How the processes of every endpoint are supervised. Pure functions; any thread may use them. */
public final class EndpointTree {
  /**
   * After more restarts than this within the period, the endpoint ends, and the store's supervisor
   * restarts it.
   */
  private static final int RESTARTS = 10;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** The time that connections get in addition to the drain time. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private EndpointTree() {}

  /** The supervisor of an endpoint's processes, without any yet. */
  public static Supervisor.Spec supervisor() {
    return Supervisor.of(Strategy.ONE_FOR_ONE).intensity(RESTARTS, WITHIN);
  }

  /** How long the process that has the connections may take to end. */
  public static Shutdown shutdown(Duration drainTime) {
    return Shutdown.after(drainTime.plus(CLOSE_TIME));
  }
}
