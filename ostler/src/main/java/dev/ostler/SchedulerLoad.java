package dev.ostler;

/**
 * What the scheduler of the processes has to do: asked for now, by {@link #now}.
 *
 * @param own whether processes run on the runtime's own scheduler; if not, the rest is 0, as the
 *     JDK's tells nothing here
 * @param workers how many threads it has
 * @param awake how many of them have work, or look for some
 * @param queued how many processes are to run and wait for their turn
 */
public record SchedulerLoad(boolean own, int workers, int awake, int queued) {

  /** The load now. Any thread may ask. */
  public static SchedulerLoad now() {
    return Scheduler.load();
  }
}
