package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process with its own thread, which runs any code, and receives messages when it wants to: a
 * spawned virtual thread, or a thread that was attached.
 *
 * <p>Its thread owns its mailbox: busy while it runs, idle while it waits in receive.
 */
final class ThreadProc extends Proc {
  /** For tests: called with each process whose thread is about to be started. */
  static volatile @Nullable Consumer<ThreadProc> probe;

  /** The threads that wait for the end of an attached one. */
  private static final Set<Thread> WATCHERS = ConcurrentHashMap.newKeySet();

  private final String label;
  private volatile @Nullable Thread thread;

  // Touched by the process's own thread.
  private final SaveQueue saved =
      new SaveQueue(); // taken out of the mailbox, and not wanted by a receive so far
  private long taken; // how many messages it has taken out of the mailbox
  private volatile int savedCount; // for others to read
  private @Nullable SaveQueue first; // the same of priority messages
  private volatile int firstCount;

  /** Waits for the end of the thread that was attached; null if the process was spawned. */
  private @Nullable Thread watcher;

  ThreadProc(String label, @Nullable Ancestors ancestors) {
    super(ancestors);
    this.label = label;
  }

  // --- Its life ---

  /** Starts the process on a virtual thread of its own. */
  void start(Processes.Body body) {
    Rehearsal.ensure();
    StackRoom.forStep();
    try {
      Runner starter = Runner.get();
      long since = starter.since();
      int spell = starter.spell();
      Thread made = Scheduler.virtual(label, new Life(body, since, spell));
      begins(made);
      enlist();
      Consumer<ThreadProc> observer = probe;
      if (observer != null) {
        observer.accept(this);
      }
      made.start();
    } catch (Throwable thrown) { // no memory, or no thread
      abortStart(thrown);
      throw thrown;
    }
    Runner starter = Runner.peek();
    if (starter != null && starter.depth() == 0) {
      starter.breathe(false);
    }
  }

  /** What its thread runs. It lets go of the body: a thread that has ended may be kept. */
  private final class Life implements Runnable {
    private Processes.@Nullable Body body;
    private final long since;
    private final int spell;

    Life(Processes.Body body, long since, int spell) {
      this.body = body;
      this.since = since;
      this.spell = spell;
    }

    @Override
    public void run() {
      Processes.Body taken = Objects.requireNonNull(body, "body");
      body = null;
      ThreadProc.this.run(taken, since, spell);
    }
  }

  /** Ends the process, which does not begin. Its starter hears of it by what start throws. */
  private void abortStart(Throwable thrown) {
    if (ancestors != null && isParent(ancestors.parent)) {
      ancestors.parent.unlink(this);
    }
    Death.of(this, Death.crash(thrown));
    thread = null; // which holds the body
  }

  private void run(Processes.Body body, long since, int spell) {
    ExitReason reason;
    try {
      bind(Runner.adopt(since, spell));
      reason = perform(body);
    } catch (Throwable thrown) {
      reason = Death.crash(thrown);
    }
    Death.surely(this, reason);
    over();
  }

  /** Its thread is done with it. Forgets the thread, and what only the thread may use. */
  private void over() {
    leftDead();
    saved.clear();
    savedCount = 0;
    first = null;
    runner(null);
    thread = null; // which holds the body
  }

  private ExitReason perform(Processes.Body body) {
    try {
      mustLive(); // it may have been ended before it began
      body.run();
      return ExitReason.NORMAL;
    } catch (ProcessExit exit) {
      return reported(exit.reason());
    } catch (Throwable thrown) {
      Runner.get().unwindTo(0);
      return reported(Death.crash(thrown));
    }
  }

  private ExitReason reported(ExitReason reason) {
    if (!isClosed() && !reason.isClean()) {
      Obituary.publish(this, reason);
    }
    return reason;
  }

  /** Makes the current thread this process. */
  void bind(Runner runner) {
    thread = runner.thread;
    runner(runner);
    runner.current(this);
  }

  /** It has a thread. Called before another process can know it, unless it is linked. */
  void begins(Thread its) {
    thread = its;
    if (!isLinkedByParent()) { // otherwise it was reported then, and may have been ended
      Happening.started(this);
    }
  }

  @Override
  void linkedByParent() {
    Happening.started(this);
  }

  @Override
  boolean hasBegun() {
    return thread != null || isLinkedByParent();
  }

  /** Makes the current thread this process. The thread may continue after the process has ended. */
  void attach(Runner runner) {
    watcher = Scheduler.virtual("end of " + label, () -> endWith(runner.thread));
    watcher.start();
    WATCHERS.add(watcher);
    bind(runner);
  }

  @Override
  boolean ownsThread() {
    return !isAttached();
  }

  boolean isAttached() {
    return watcher != null;
  }

  /** If the thread ends without being detached, the process ends normally. */
  private void endWith(Thread attached) {
    try {
      attached.join();
    } catch (InterruptedException e) { // it was detached, or the runtime ends
      return;
    } finally {
      WATCHERS.remove(Thread.currentThread());
    }
    Death.surely(this, ExitReason.NORMAL);
    over();
  }

  /**
   * Called when the runtime ends: an attached thread may live on, and need not be detached. The
   * threads that waited for such threads, and are about to end.
   */
  static List<Thread> stopWatching() {
    List<Thread> all = List.copyOf(WATCHERS);
    all.forEach(Thread::interrupt);
    return all;
  }

  /** Ends the process of an attached thread. The thread continues without a process. */
  void unbind(Runner runner, ExitReason reason) {
    StackRoom.forStep();
    if (watcher != null) {
      watcher.interrupt();
    }
    Death.surely(this, reason);
    runner.current(null);
    runner.cleared(this);
    over();
  }

  @Override
  void wake() {
    LockSupport.unpark(thread);
  }

  @Override
  boolean hasThread() {
    return true;
  }

  @Override
  String defaultLabel() {
    return label;
  }

  // --- Receive ---

  /**
   * The first message that is wanted; null if none comes within the time.
   *
   * @param type only messages of this type are wanted
   * @param above only messages with a number above this are looked at; 0 for all
   */
  @Nullable Object receive(Class<?> type, Predicate<Object> wanted, long above, long nanos) {
    mustLive();
    Object found = takeFirst(wanted);
    if (found == null) {
      found = takeSaved(type, wanted, above);
    }
    if (found != null) {
      return found;
    }
    Runner runner = Runner.get();
    runner.breathe(false);
    Clock clock = clock();
    long start = clock.nanos();
    while (true) {
      found = takeNew(wanted, above);
      if (found != null) {
        return found;
      }
      mustLive();
      long left = nanos == Long.MAX_VALUE ? nanos : nanos - (clock.nanos() - start);
      if (left <= 0) {
        return null;
      }
      sleep(clock, left);
      runner.rested();
    }
  }

  /** The oldest priority message that is wanted. */
  private @Nullable Object takeFirst(Predicate<Object> wanted) {
    Aux aux = peekAux();
    if (aux != null && aux.first != null) {
      saveFirst(aux);
    }
    SaveQueue known = first;
    Object found = known == null ? null : known.take(Object.class, wanted, 0);
    if (found != null) {
      firstCount = Objects.requireNonNull(known).size();
    }
    return found;
  }

  private void saveFirst(Aux aux) {
    SaveQueue known = first;
    if (known == null) {
      known = new SaveQueue();
      first = known;
    }
    while (true) {
      known.reserve(); // before there is a message to lose
      Message message = takeFirst(aux);
      if (message == null) {
        return;
      }
      Object content = message.payload(this);
      if (content != null) {
        known.add(content, 1); // they have no numbers: a receive looks at all of them
      }
      firstCount = known.size();
    }
  }

  private @Nullable Object takeSaved(Class<?> type, Predicate<Object> wanted, long above) {
    Object found = saved.take(type, wanted, above);
    if (found != null) {
      savedCount = saved.size();
      MonitorRef.received(found, this);
    }
    return found;
  }

  private @Nullable Object takeNew(Predicate<Object> wanted, long above) {
    while (true) {
      saved.reserve(); // before there is a message to lose
      Message message = take();
      if (message == null) {
        return null;
      }
      long number = ++taken;
      if (message instanceof Message.Nudge) {
        nudgeTaken();
        Object first = takeFirst(wanted);
        if (first != null) {
          return first;
        }
        continue;
      }
      Object content = message.payload(this);
      if (content == null) {
        continue;
      }
      boolean match;
      try {
        match = number > above && wanted.test(content);
      } catch (Throwable thrown) {
        save(content, number); // the predicate failed, the message is not lost
        throw thrown;
      }
      if (match) {
        MonitorRef.received(content, this);
        return content;
      }
      save(content, number);
    }
  }

  private void save(Object message, long number) {
    saved.reserve();
    saved.add(message, number);
    savedCount = saved.size();
  }

  /** Takes all that waits out of the mailbox, and saves it. */
  private void saveAll() {
    takeNew(message -> false, Long.MAX_VALUE);
  }

  /**
   * Messages move from the mailbox to those saved while this counts. So it reads the number of
   * saved messages before and after it has read the mailbox: if it is the same, none is counted
   * twice.
   */
  @Override
  int queued() {
    int saw;
    int waiting;
    int tries = 1000; // it may save one after the other, for long
    do {
      saw = savedCount;
      waiting = super.queued() + waitingFirst() + firstCount;
    } while (saw != savedCount && --tries > 0);
    return saw + waiting;
  }

  @Override
  Optional<Long> handled() {
    return Optional.of(taken);
  }

  @Override
  long mark() {
    return taken + super.queued();
  }

  private void sleep(Clock clock, long nanos) {
    if (!release()) {
      return;
    }
    clock.park(this, nanos);
    resume();
    if (Thread.interrupted()) {
      mustLive();
      Thread.currentThread().interrupt();
      throw new ReceiveInterruptedException(this);
    }
  }

  /** All messages there are. */
  List<Object> flush() {
    mustLive();
    saveAll();
    var all = new ArrayList<Object>();
    Aux aux = peekAux();
    if (aux != null && aux.first != null) {
      saveFirst(aux);
    }
    SaveQueue priority = first;
    if (priority != null) {
      all.addAll(priority.list());
      priority.clear();
      firstCount = 0;
    }
    all.addAll(saved.list());
    saved.clear();
    savedCount = 0;
    all.forEach(message -> MonitorRef.received(message, this));
    return List.copyOf(all);
  }

  @Override
  void withdraw(Predicate<Object> meant, int most) {
    saveAll();
    saved.remove(meant, most);
    savedCount = saved.size();
  }
}
