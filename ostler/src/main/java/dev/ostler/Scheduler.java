package dev.ostler;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Decides which platform thread runs which of the runtime's virtual threads, and when.
 *
 * <p>Every virtual thread of the runtime is made here: {@link #virtual}, {@link #beside}. If {@code
 * java.lang} is opened to this module, it runs on the runtime's own scheduler, which this class is.
 * Otherwise it runs on the JDK's. What a process may rely on is the same; see {@link Fairness} and
 * {@link Activation} for what the JDK's scheduler needs in addition.
 */
final class Scheduler implements Executor {
  /*
   * Waking a sleeping processor takes several microseconds, a message less than one. The JDK's
   * scheduler wakes another worker for each thread that enters an empty queue. Then two processes
   * that send each other messages run on two processors, and each message wakes one of them.
   *
   * Here, what a worker's thread starts or wakes waits in the worker's own queue. No other worker
   * is woken for it, unless more than BACKLOG tasks wait there. A worker that has nothing to do
   * takes half of such a backlog. So a few processes that talk to each other stay on one worker,
   * and many spread over all.
   *
   * A task is one turn of a virtual thread: it runs until it parks, yields or ends. Queues:
   *
   *   RunQueue       of each worker: what its own threads start and wake, and those that yield
   *   OutsideQueues  all else: from platform threads, timers, and threads of the JDK's scheduler.
   *                  A worker looks there first once in OUTSIDE_EVERY turns, and whenever its own
   *                  queue is empty. Several, so that nobody waits behind all that another brings
   *
   * The states of a worker. All of them change under the lock. Idle ones rest; searching ones search
   * and are awake, too. Not more than ALLOWED are awake: as many as there are processors, and one
   * more for each that is stuck.
   *
   *   (none)    -> SEARCHING   start: work is there, and no worker is idle
   *   IDLE      -> SEARCHING   wake: by a thread that adds work, or by the watch
   *   SEARCHING -> AWAKE       foundWork
   *   SEARCHING -> IDLE        rest: it has found none; it parks
   *   AWAKE     -> IDLE        the same
   *   IDLE      -> AWAKE       goOn: by itself, because it looked once more and found work
   *   IDLE      -> (none)      retire: the runtime ended, or it was idle for KEEP and one too many
   *
   * No wake-up is lost. A thread that brings work adds it, then passes a fence, then looks for an
   * idle worker. A worker that rests first becomes idle, then passes a fence, then looks once more
   * for work. So at least one of the two sees the other. While one worker is SEARCHING no other is
   * woken: the searching one looks again before it rests, and once it has found work it wakes the
   * next worker if there is more.
   *
   * The watch, a thread, looks at the workers every millisecond while one of them is awake, and does
   * what no worker can do, because it is busy or blocked:
   *
   *   - Up to BACKLOG tasks wait behind one that does not come to an end, or wait for several looks
   *     in a row: it wakes an idle worker, which takes half of them.
   *   - No worker is idle: it moves what waits behind a stuck worker to an outside queue.
   *   - A worker that has not ended a turn for STUCK looks counts as stuck, whether it is blocked
   *     (pinned, in native code, reading a file) or computing. So one more may be awake, and is woken or
   *     started if work waits outside, up to MOST_WORKERS.
   *   - When it continues, SURPLUS tells as many workers to hand over what waits for them, and rest.
   *
   * When all workers are idle, the watch parks. A thread that wakes a worker wakes the watch, too.
   *
   * Users' virtual threads run on the JDK's scheduler. One that calls an idle server and waits has
   * the server run there, too (beside). If it calls again and again, it moves here (moveHere): two
   * that wait for each other do not belong on two schedulers. Threads that a process starts inherit
   * this scheduler on JDK 25; nothing relies on it.
   *
   * Submitting a task needs no memory, except while a queue grows, which it does before it is full.
   * If it is full and cannot grow, execute throws OutOfMemoryError. To wake a thread the JDK then
   * tries again until that works (VirtualThread.submitRunContinuation). To start one it does not,
   * and the starter gets the error. If execute throws although the task is queued, that does no
   * harm: a virtual thread that is not runnable ignores its turn. If no platform thread can be
   * started, the watch tries again; if none exists at all, execute throws.
   */

  /** So many may wait in a worker's queue before another worker is woken. */
  static final int BACKLOG = 3;

  /** One turn in so many, a power of two, goes to the outside queues, if something waits there. */
  private static final int OUTSIDE_EVERY = 4;

  /** A worker that ends fewer turns than this between two looks is slow. */
  private static final int FEW_TURNS = 16;

  /** If a task waits at so many looks in a row, an idle worker takes some of what waits. */
  private static final int WAITS = 4;

  /** After so many looks without the end of a turn, a worker does not count any more. */
  private static final int STUCK = 10;

  /** The watch parks after so many looks at which no worker was awake. */
  private static final int PATIENCE = 50;

  private static final int MOST_WORKERS = 256;
  private static final long LOOK_NANOS = 1_000_000;
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The runtime's own; null if the JDK's is used. */
  private static final @Nullable Scheduler OWN = own();

  private static final VarHandle TURNS;

  static {
    try {
      TURNS = MethodHandles.lookup().findVarHandle(Worker.class, "turns", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int processors;
  private final Object lock = new Object();
  private final OutsideQueues outside = new OutsideQueues();

  // Written under the lock, read by any thread.
  private volatile Worker[] workers = {};
  private volatile int idle;
  private volatile int searching;
  private volatile int surplus;
  private volatile boolean ends;

  // Written by the watch.
  private volatile int allowed; // so many workers may be awake: the stuck ones do not count

  // Under the lock.
  private @Nullable Thread watch;
  private int started;

  private volatile boolean watchParks; // written by the watch, and by threads that wake it

  /** A scheduler with so many workers, and more while some of them are stuck. */
  Scheduler(int processors) {
    this.processors = processors;
    allowed = processors;
  }

  // --- The way in ---

  /** A virtual thread of the runtime that is not started yet, and inherits nothing. */
  static Thread virtual(String name, Runnable task) {
    return OWN == null ? make(Thread.ofVirtual(), name, task) : OWN.thread(name, task);
  }

  /**
   * As {@link #virtual}, for which the current thread is about to wait: if that is a virtual thread
   * of the JDK's scheduler, so is the new one. Between two schedulers each wait would cost two
   * wake-ups.
   */
  static Thread beside(String name, Runnable task) {
    return isElsewhere() ? make(Thread.ofVirtual(), name, task) : virtual(name, task);
  }

  /** Whether the runtime's own scheduler runs the current thread. */
  static boolean isHere() {
    return OWN != null && OpenedThreads.carrier() instanceof Worker;
  }

  /**
   * Whether the current thread is a virtual one of the JDK's scheduler, though the runtime has its
   * own.
   */
  static boolean isElsewhere() {
    return OWN != null && Thread.currentThread().isVirtual() && !isHere();
  }

  /** The current thread, which {@link #isElsewhere}, runs here from its next wait on; or not. */
  static boolean moveHere() {
    return OWN != null && OpenedThreads.moveTo(OWN);
  }

  /** Lets others have their turn, if any wait. For a thread that {@link #isHere}. */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  static void standAside() {
    if (OpenedThreads.carrier() instanceof Worker worker && worker.othersWait()) {
      Thread.yield();
    }
  }

  /**
   * Ends the threads that have nothing to do; false if one of them does not end within the time.
   * They begin again with the next work. Nothing is waited for if the current thread runs here: the
   * thread that runs it cannot end before it.
   */
  static boolean end(long nanos) throws InterruptedException {
    return OWN == null || OWN.endIdle(nanos);
  }

  /**
   * A virtual thread that runs where others of the JDK's scheduler run, made by a platform thread.
   */
  static Thread onJdks(String name, Runnable task) {
    return make(Thread.ofVirtual(), name, task);
  }

  /** A virtual thread that runs here, and is not started yet. */
  Thread thread(String name, Runnable task) {
    return make(OpenedThreads.builder(this), name, task);
  }

  private static Thread make(Thread.Builder.OfVirtual builder, String name, Runnable task) {
    return builder.inheritInheritableThreadLocals(false).name(name).unstarted(task);
  }

  private static @Nullable Scheduler own() {
    String missing = OpenedThreads.missing();
    if (missing == null) {
      OpenedThreads.beginPoller();
      return new Scheduler(processors());
    }
    try {
      System.getLogger("dev.ostler")
          .log(
              Level.INFO,
              "Processes run on the JDK''s scheduler, which is slower than their own: {0}",
              missing);
    } catch (Throwable thrown) {
      // It is not logged; everything else continues.
    }
    return null;
  }

  private static int processors() {
    return Math.clamp(
        Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors()),
        1,
        MOST_WORKERS);
  }

  /** Called by the JDK, with a turn of a virtual thread that is to run. */
  @Override
  public void execute(Runnable task) {
    if (OpenedThreads.carrier() instanceof Worker worker && worker.isOf(this)) {
      worker.queue.push(task);
      if (worker.queue.size() > BACKLOG) {
        wakeForMore();
      }
    } else {
      outside.add(task);
      wakeForMore();
    }
  }

  // --- Who is awake ---

  /** Work was added that is not only for its worker: wakes another one, if need be. */
  private void wakeForMore() {
    VarHandle.fullFence();
    if (searching == 0 && mayWake()) {
      wake(null);
    }
  }

  private boolean mayWake() {
    int awake = workers.length - idle;
    return awake < allowed && awake < MOST_WORKERS;
  }

  /** Wakes an idle worker, or starts one. It first takes some of what waits for the given one. */
  private void wake(@Nullable Worker victim) {
    Worker sleeper = null;
    synchronized (lock) {
      if (!mayWake() || (searching > 0 && victim == null)) {
        return;
      }
      if (idle == 0) {
        start(victim);
      } else {
        sleeper = firstResting();
        beSearching(sleeper, victim);
        idle = idle - 1;
        sleeper.rests = false; // from here on it continues
      }
    }
    if (sleeper != null) {
      LockSupport.unpark(sleeper);
    }
    wakeWatch();
  }

  // Under the lock. The first of them, so that the others may rest for long.
  private Worker firstResting() {
    for (Worker each : workers) {
      if (each.rests) {
        return each;
      }
    }
    throw new AssertionError("no worker rests");
  }

  private void addSearching(int more) {
    synchronized (lock) {
      searching = searching + more;
    }
  }

  // Under the lock.
  private void beSearching(Worker woken, @Nullable Worker victim) {
    woken.victim = victim;
    woken.searches = true;
    addSearching(1);
  }

  /** Under the lock. Throws only if there is no worker at all. */
  private void start(@Nullable Worker victim) {
    try {
      if (isWorkFor(victim)) { // otherwise another thread has done it meanwhile
        ends = false;
      }
      beginWatch();
      var worker = new Worker("ostler-scheduler-" + ++started);
      Worker[] more = Arrays.copyOf(workers, workers.length + 1);
      more[workers.length] = worker;
      beSearching(worker, victim);
      try {
        worker.start();
      } catch (Throwable thrown) {
        addSearching(-1);
        throw thrown;
      }
      workers = more;
    } catch (Throwable thrown) { // no memory, or no thread
      if (workers.length == 0) {
        throw thrown;
      } // else the watch tries again
    }
  }

  private void beginWatch() {
    if (watch == null) {
      Thread begun = Threads.daemon("ostler-scheduler-watch", this::watch);
      begun.start();
      watch = begun;
    }
  }

  private void wakeWatch() {
    if (watchParks) {
      watchParks = false;
      LockSupport.unpark(watch);
    }
  }

  // Under the lock.
  private Worker[] without(Worker ended) {
    var fewer = new Worker[workers.length - 1];
    int kept = 0;
    for (Worker each : workers) {
      if (each != ended) {
        fewer[kept++] = each;
      }
    }
    return fewer;
  }

  private boolean isWorkFor(@Nullable Worker victim) {
    return isWorkForOthers() || (victim != null && victim.queue.size() > 0);
  }

  private boolean isWorkForOthers() {
    if (!outside.isEmpty()) {
      return true;
    }
    for (Worker each : workers) {
      if (each.queue.size() > BACKLOG) {
        return true;
      }
    }
    return false;
  }

  /** What it has to do now. */
  static SchedulerLoad load() {
    return OWN == null ? new SchedulerLoad(false, 0, 0, 0) : OWN.ownLoad();
  }

  /** As {@link #load}, of this one. */
  SchedulerLoad ownLoad() {
    Worker[] seen = workers;
    int queued = outside.size();
    for (Worker each : seen) {
      queued += each.queue.size();
    }
    return new SchedulerLoad(true, seen.length, awake(), queued);
  }

  /** How many workers are awake. */
  int awake() {
    synchronized (lock) {
      return workers.length - idle;
    }
  }

  /**
   * Ends the workers that rest, and each of the others when it rests; false if one does not within
   * the time.
   */
  boolean endIdle(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    var ending = new ArrayList<Thread>();
    synchronized (lock) {
      ends = true;
      Collections.addAll(ending, workers);
      if (watch != null) {
        ending.add(watch);
      }
    }
    ending.forEach(LockSupport::unpark);
    boolean all = true;
    for (Thread each : isHere() ? List.<Thread>of() : ending) {
      long left = nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - start);
      all &= each.join(Duration.ofNanos(Math.max(1, left)));
    }
    return all;
  }

  // --- The watch ---

  private void watch() {
    int still = 0;
    while (true) {
      still = lookSafely() ? 0 : still + 1;
      if (still < PATIENCE && !(ends && workers.length == 0)) {
        LockSupport.parkNanos(this, LOOK_NANOS);
      } else if (endWatch()) {
        return;
      } else {
        watchParks = true;
        if (!lookSafely()) { // a worker may have been woken before that
          LockSupport.parkNanos(this, KEEP_NANOS);
        }
        watchParks = false;
        still = 0;
      }
    }
  }

  private boolean lookSafely() {
    try {
      return look();
    } catch (Throwable thrown) { // no memory, or no thread, for a worker: the next look tries again
      return true;
    }
  }

  private boolean endWatch() {
    synchronized (lock) {
      if (workers.length == 0) {
        watch = null;
        return true;
      }
      return false;
    }
  }

  /** Looks at all workers, and helps; whether one of them is awake. */
  private boolean look() {
    int awake = 0;
    int stuck = 0;
    for (Worker each : workers) {
      if (each.rests) {
        each.seenResting();
        continue;
      }
      awake++;
      int turns = each.turnsSinceLook();
      if (each.looksStill >= STUCK) {
        stuck++;
      }
      if (each.looksWaiting > 0 && (turns < FEW_TURNS || each.looksWaiting >= WAITS)) {
        each.looksWaiting = 0;
        help(each, turns == 0);
      }
    }
    allowed = processors + stuck;
    surplus = Math.max(0, awake - allowed);
    if (!outside.isEmpty()) {
      wakeForMore();
      return true;
    }
    return awake > 0;
  }

  private void help(Worker slow, boolean isStuck) {
    if (mayWake()) {
      wake(slow);
    } else if (isStuck) {
      outside.addFrom(slow.queue, slow.queue.size());
    }
  }

  // --- A worker ---

  /** A platform thread that runs turns of virtual threads. */
  private final class Worker extends Thread {
    final RunQueue queue = new RunQueue();

    // Written under the lock by others while it rests, and by itself.
    volatile boolean rests;
    boolean searches;
    @Nullable Worker victim;

    private int turns; // written by itself, through TURNS

    // The watch's.
    private int seenTurns;
    private int looksStill;
    private int looksWaiting;

    @SuppressWarnings("ThreadPriorityCheck") // otherwise it would have the priority of its starter
    Worker(String name) {
      super(null, null, name, 0, false);
      setDaemon(true);
      setPriority(NORM_PRIORITY);
    }

    boolean isOf(Scheduler scheduler) {
      return Scheduler.this == scheduler;
    }

    boolean othersWait() {
      return queue.size() > 0 || !outside.isEmpty();
    }

    @Override
    public void run() {
      do {
        boolean isSurplus = false;
        Runnable task = next();
        while (task != null) {
          try {
            task.run();
          } catch (Throwable thrown) {
            // No memory for the JDK's steps after a turn: TimedPark says which threads that loses.
          }
          TURNS.setOpaque(this, turns + 1);
          isSurplus = surplus > 0 && handsOver();
          task = isSurplus ? null : next();
        }
        if (!rest(isSurplus)) {
          return;
        }
      } while (true);
    }

    private @Nullable Runnable next() {
      Runnable task = null;
      if (victim != null) {
        task = stealFrom(victim);
        victim = null;
      }
      if (task == null && (turns & (OUTSIDE_EVERY - 1)) == 0) {
        task = outside.poll();
      }
      if (task == null) {
        task = queue.take();
      }
      if (task == null) {
        task = outside.poll();
      }
      if (task == null) {
        task = stealBacklog();
      }
      if (task != null && searches) {
        foundWork();
      }
      return task;
    }

    private void foundWork() {
      synchronized (lock) {
        searches = false;
        searching = searching - 1;
      }
      VarHandle.fullFence();
      if (isWorkForOthers()) {
        wakeForMore();
      }
    }

    private @Nullable Runnable stealBacklog() {
      for (Worker each : workers) {
        if (each != this && each.queue.size() > BACKLOG) {
          Runnable task = stealFrom(each);
          if (task != null) {
            return task;
          }
        }
      }
      return null;
    }

    /** Takes half of what waits for another, and gives the first of it. */
    private @Nullable Runnable stealFrom(Worker other) {
      int more = Math.min(other.queue.size() / 2 - 1, queue.room());
      Runnable first = other.queue.steal();
      for (int i = 0; first != null && i < more; i++) {
        Runnable task = other.queue.steal();
        if (task == null) {
          break;
        }
        queue.push(task);
      }
      return first;
    }

    /** Whether there were too many workers, and this one has handed over what waits for it. */
    private boolean handsOver() {
      synchronized (lock) {
        if (surplus == 0) {
          return false;
        }
        surplus = surplus - 1;
      }
      outside.addFrom(queue, queue.size());
      return queue.size() == 0;
    }

    /** Parks until it is woken; false if the thread is to end. */
    private boolean rest(boolean isSurplus) {
      synchronized (lock) {
        if (searches) {
          searches = false;
          searching = searching - 1;
        }
        idle = idle + 1;
        rests = true;
      }
      VarHandle.fullFence();
      if (!isSurplus && isWorkForOthers()) { // else as many as may be awake look for work
        goOn();
        return true;
      }
      long from = System.nanoTime();
      while (rests) {
        boolean isOld = workers.length > processors && System.nanoTime() - from >= KEEP_NANOS;
        if ((ends || isOld) && retire()) {
          return false;
        }
        LockSupport.parkNanos(Scheduler.this, KEEP_NANOS);
      }
      return true;
    }

    private void goOn() {
      synchronized (lock) {
        if (rests) {
          idle = idle - 1;
          rests = false;
        }
      }
    }

    private boolean retire() {
      synchronized (lock) {
        if (!rests) {
          return false;
        }
        try {
          workers = without(this);
        } catch (OutOfMemoryError e) {
          return false; // it stays, and tries again later
        }
        idle = idle - 1;
        if (workers.length == 0) {
          LockSupport.unpark(watch); // which ends, too, if the runtime does
        }
        return true;
      }
    }

    // --- For the watch ---

    void seenResting() {
      looksStill = 0;
      looksWaiting = 0;
    }

    int turnsSinceLook() {
      int now = (int) TURNS.getOpaque(this);
      int since = now - seenTurns;
      seenTurns = now;
      looksStill = since == 0 ? looksStill + 1 : 0;
      looksWaiting = queue.size() > 0 ? looksWaiting + 1 : 0;
      return since;
    }
  }
}
