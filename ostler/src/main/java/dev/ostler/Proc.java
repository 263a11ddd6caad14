package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process: its signals, links, monitors and its death. Its subclasses know what it runs.
 *
 * <p>Any thread may send it signals. Only the thread that runs it may act as it: link, monitor,
 * trap exits.
 */
abstract class Proc extends Mailbox {
  /*
   * The lock of a process (synchronized on it) guards its links, monitors, flags and aux, and the
   * step from alive to dead. It is held for a few instructions, never across user code, and two at
   * a time only in the order of their ids. Messages do not need it.
   *
   *   alive   -> closed     Death: under the lock. Threads that ask it something now wait
   *   closed  -> gone       Death: all consequences are queued, all callers answered
   */
  private static final int TRAPS = 1;
  private static final int GONE = 2;
  private static final int PARENT_LINKED = 4;
  private static final int SUSPENDED = 8;
  private static final int FAILED_START = 16;
  private static final int LISTED = 32;
  private static final VarHandle RUNNER;

  static {
    try {
      RUNNER = MethodHandles.lookup().findVarHandle(Proc.class, "runner", Runner.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final @Nullable Ancestors ancestors;

  // Under the lock.
  private @Nullable Object links; // see Few; once closed: the reason
  @Nullable MonitorRef watchers;
  private volatile @Nullable Aux aux; // Aux says of each field whether a reader needs the lock

  /**
   * The runner of the thread that runs this process, also while that runs another, nested in it.
   */
  @SuppressWarnings("UnusedVariable") // through RUNNER
  private @Nullable Runner runner;

  Proc(@Nullable Ancestors ancestors) {
    super(ProcessTable.nextId());
    this.ancestors = ancestors;
  }

  // --- The table of processes ---

  /** Puts this process into the table, unless it is there. If it throws, nothing has changed. */
  final synchronized void enlist() {
    if (!has(LISTED)) {
      ProcessTable.add(this);
      flag(LISTED, true);
    }
  }

  /** Whether it is in the table. */
  final boolean isListed() {
    return has(LISTED);
  }

  // --- Who runs it ---

  final @Nullable Runner runner() {
    return (Runner) RUNNER.getAcquire(this);
  }

  final void runner(@Nullable Runner by) {
    RUNNER.setRelease(this, by);
  }

  final boolean isLinkedByParent() {
    return has(PARENT_LINKED);
  }

  final boolean isParent(Pid pid) {
    return has(PARENT_LINKED) && ancestors != null && ancestors.parent == pid;
  }

  /** Whether the start already threw to this parent. The parent then ignores the EXIT. */
  final boolean failedToStart(Proc parent) {
    return has(FAILED_START) && isParent(parent);
  }

  final synchronized void failedToStart() {
    flag(FAILED_START, true);
  }

  /** Throws if this process, which runs on the current thread, is dead: a zombie may not act. */
  final void mustLive() {
    if (isClosed()) {
      Runner.get().refused(this);
      throw ended();
    }
  }

  /** Whether its thread ends with it; not if the thread was attached. */
  boolean ownsThread() {
    return true;
  }

  final ProcessExit ended() {
    return new ProcessExit(this, reason());
  }

  /** Why it ended; only once closed. */
  final ExitReason reason() {
    synchronized (this) {
      return (ExitReason) Objects.requireNonNull(links);
    }
  }

  /** Linked by its parent, and no other thread can end it before this returns. */
  void linkedByParent() {}

  /** Whether it began to run, and that was reported if somebody wanted it. */
  abstract boolean hasBegun();

  // --- Aux ---

  final @Nullable Aux peekAux() {
    return aux;
  }

  final Aux aux() {
    Aux seen = aux;
    return seen != null ? seen : makeAux();
  }

  private synchronized Aux makeAux() {
    Aux made = aux;
    if (made == null) {
      made = new Aux();
      aux = made;
    }
    return made;
  }

  /** The ancestors of a child of this process. */
  final Ancestors asParent() {
    Aux mine = aux;
    if (mine == null) {
      return Ancestors.of(this);
    }
    synchronized (this) {
      if (mine.asParent == null) {
        mine.asParent = Ancestors.of(this);
      }
      return mine.asParent;
    }
  }

  /** What this process goes by for timers and deadlines. */
  final Clock clock() {
    Aux mine = aux;
    Clock own = mine == null ? null : mine.clock;
    if (own != null) {
      return own;
    }
    return ancestors == null ? Clock.SYSTEM : ancestors.clock;
  }

  final void clock(Clock own) {
    Aux mine = aux();
    synchronized (this) {
      mine.clock = own;
      mine.asParent = null;
    }
  }

  /** Its supervisor has started it in place of another. */
  final void past(Past past) {
    Aux mine = aux();
    synchronized (this) {
      if (!isClosed()) { // otherwise nothing would forget it
        mine.past = past;
      }
    }
  }

  final List<Pid> callers() {
    Aux mine = aux;
    return mine == null || mine.callers.isEmpty() ? Ancestors.callers(ancestors) : mine.callers;
  }

  @Override
  public final String label() {
    return called().toString();
  }

  /** What the label is the text of; a name's text may be the user's to make. */
  final Object called() {
    Aux mine = aux;
    if (mine != null && mine.label != null) {
      return mine.label;
    }
    return mine != null && mine.name != null ? mine.name : defaultLabel();
  }

  abstract String defaultLabel();

  // --- Messages ---

  @Override
  public final void send(Object message) {
    Objects.requireNonNull(message, "message");
    Runner runner = Runner.peek();
    var sent = new Message.Plain(message, Runner.living(runner));
    post(sent);
    sent.confirm();
    Runner.sent(runner, this);
  }

  /** Sends on; a server may handle it right here. */
  void post(Message.Plain message) {
    putOrLose(message);
  }

  /** Queues a message; if the process is dead, it is a dead letter. */
  final void putOrLose(Message.Plain message) {
    if (!put(message)) {
      Happening.lost(this, message.payload(this), Event.DeadLetter.Why.NO_PROCESS);
    }
  }

  @Override
  public final void sendPriority(Object message) {
    Objects.requireNonNull(message, "message");
    Runner runner = Runner.peek();
    postFirst(new Message.Plain(message, Runner.living(runner)));
    Runner.sent(runner, this);
  }

  /** Sends on, before all others. */
  final void postFirst(Message.Plain message) {
    if (!handledHere(message)) {
      Aux mine = aux();
      var nudge = new Message.Nudge();
      if (addFirst(message, mine)) {
        try {
          put(nudge);
        } catch (Throwable thrown) { // there was no room to wake the process
          takeBack(message, mine);
          throw thrown;
        }
      }
    }
    message.confirm();
  }

  /** Whether this thread may handle the message on the spot, and has. */
  boolean handledHere(Message.Plain message) {
    return false;
  }

  /** Whether a nudge must be put into the mailbox. */
  private synchronized boolean addFirst(Message.Plain message, Aux mine) {
    if (isClosed()) {
      Happening.lost(this, message.payload(this), Event.DeadLetter.Why.NO_PROCESS);
      return false;
    }
    PriorityMessages first = mine.first;
    if (first == null) {
      first = new PriorityMessages();
      mine.first = first;
    }
    return first.add(message);
  }

  private synchronized void takeBack(Message message, Aux mine) {
    if (mine.first != null) {
      mine.first.takeBack(message);
    }
  }

  /** The oldest priority message, by the owner; null if there is none. */
  final @Nullable Message takeFirst(Aux mine) {
    synchronized (this) {
      PriorityMessages first = mine.first;
      return first == null ? null : first.poll();
    }
  }

  /** The owner has taken the nudge out of the mailbox. */
  final void nudgeTaken() {
    Aux mine = aux();
    synchronized (this) {
      if (mine.first != null && mine.first.nudgeTaken()) {
        mine.first = null;
      }
    }
  }

  /** How many messages its owner has not taken; not those that it keeps elsewhere. */
  final int backlog() {
    return untaken() + waitingFirst();
  }

  /** How many priority messages wait, minus the nudge that the mailbox counts for them. */
  final int waitingFirst() {
    Aux mine = aux;
    if (mine == null || mine.first == null) {
      return 0;
    }
    synchronized (this) {
      PriorityMessages first = mine.first;
      return first == null ? 0 : first.surplus();
    }
  }

  /** Sends from the timer's thread, which runs no callbacks and never waits. */
  void postLater(Message.Plain message) {
    putOrLose(message);
  }

  @Override
  public final boolean isAlive() {
    if (!isClosed()) {
      return true;
    }
    awaitGone();
    return false;
  }

  final boolean traps() {
    return has(TRAPS);
  }

  final synchronized boolean traps(boolean trap) {
    return flag(TRAPS, trap);
  }

  final boolean isSuspended() {
    return has(SUSPENDED);
  }

  final synchronized void suspended(boolean suspend) {
    flag(SUSPENDED, suspend);
  }

  // --- Exit signals ---

  @Override
  public final void exit(ExitReason reason) {
    Objects.requireNonNull(reason, "reason");
    Proc self = Runner.living();
    exit(self == null ? Processes.OUTSIDE : self, reason);
    if (self == this && isClosed()) {
      throw ended();
    }
  }

  /** The signal, as from the sender. */
  final void exit(Pid sender, ExitReason reason) {
    if (signalled(sender, reason, sender == this)) {
      Death.of(this, reason.equals(ExitReason.KILL) ? ExitReason.KILLED : reason);
      awaitGone();
    }
  }

  /** Whether the signal is to end this process; if it traps exits, its message is queued. */
  private synchronized boolean signalled(Pid sender, ExitReason reason, boolean own) {
    if (reason.equals(ExitReason.KILL)) {
      return true;
    }
    if (traps()) {
      put(new Message.Signal(new Exit(sender, reason)));
      return false;
    }
    return own || !reason.equals(ExitReason.NORMAL);
  }

  /**
   * Removes the link to a peer that is closed. Returns the {@link Death.Estate} of this process if
   * it dies of that and is closed now; a {@link Death.Told} if it traps exits; otherwise null. If
   * it throws, it has changed nothing.
   */
  final synchronized @Nullable Object linkBroke(Proc peer, ExitReason reason) {
    if (isClosed() || !Few.contains(links, peer)) {
      return null;
    }
    if (traps()) {
      var told = new Death.Told(this);
      leaveLinksOf(peer);
      links = Few.remove(links, peer);
      return told;
    }
    var estate = reason.equals(ExitReason.NORMAL) ? null : new Death.Estate();
    if (estate == null) {
      leaveLinksOf(peer);
    }
    links = Few.remove(links, peer);
    if (estate != null) {
      close(reason, estate);
    }
    return estate;
  }

  // --- Links ---

  /**
   * A link with the peer is about to be removed: if the table found this process by it, no more.
   */
  private void leaveLinksOf(Proc peer) {
    if (isParent(peer)) {
      enlist();
    }
  }

  /** Links this process, which runs on the current thread, with the peer. */
  final void link(Proc peer) {
    mustLive();
    if (peer == this || tryLink(peer, false)) {
      return;
    }
    mustLive();
    peer.awaitGone();
    if (traps()) {
      put(new Message.Signal(new Exit(peer, ExitReason.NO_PROCESS)));
    } else {
      throw new NoProcessException("cannot link " + this + " with " + peer + ": it has ended");
    }
  }

  /** Links two that live; false if one does not. */
  final boolean tryLink(Proc peer, boolean asParent) {
    synchronized (first(peer)) {
      synchronized (second(peer)) {
        if (isClosed() || peer.isClosed()) {
          return false;
        }
        links = Few.add(links, peer);
        peer.links = Few.add(peer.links, this);
        if (asParent) {
          peer.flag(PARENT_LINKED, true);
          peer.linkedByParent();
        }
        return true;
      }
    }
  }

  /** Ends the link; false if there was none, or none any more. */
  final boolean unlink(Proc peer) {
    boolean linked = false;
    synchronized (first(peer)) {
      synchronized (second(peer)) {
        if (!isClosed()) {
          leaveLinksOf(peer);
          linked = Few.contains(links, peer);
        }
        if (!peer.isClosed()) {
          peer.leaveLinksOf(this);
        }
        if (!isClosed()) {
          links = Few.remove(links, peer);
        }
        if (!peer.isClosed()) {
          peer.links = Few.remove(peer.links, this);
        }
      }
    }
    if (peer.isClosed() && peer != this) {
      peer.awaitGone(); // an exit it sent before is queued now; none can follow
    }
    return linked;
  }

  /** Which of two to lock first. */
  final Proc first(Proc peer) {
    return id() < peer.id() ? this : peer;
  }

  /** Which of two to lock second. */
  final Proc second(Proc peer) {
    return id() < peer.id() ? peer : this;
  }

  /** A copy of the links; empty once closed. */
  final synchronized List<Pid> linked() {
    if (isClosed()) {
      return List.of();
    }
    var list = new ArrayList<Pid>();
    Few.<Proc>each(links).forEach(list::add);
    return list;
  }

  /** How many links it has; none once closed. */
  final synchronized int linkCount() {
    return isClosed() ? 0 : Few.each(links).size();
  }

  // --- Monitors ---

  /** Lets this process, which runs on the current thread, watch the target. */
  final MonitorRef monitor(Proc target, @Nullable Name<?> name, @Nullable Object tag) {
    mustLive();
    MonitorRef ref = MonitorRef.make(this, target, name, tag);
    if (!ref.begin()) {
      mustLive();
      target.awaitGone();
      put(new Message.Signal(new Down(ref, target, ExitReason.NO_PROCESS)));
    }
    return ref;
  }

  /** A copy of those it monitors; empty once closed. */
  final synchronized List<Pid> monitored() {
    var list = new ArrayList<Pid>();
    Aux mine = aux;
    for (MonitorRef each = mine == null ? null : mine.watched;
        each != null;
        each = each.nextWatched) {
      list.add(each.target);
    }
    return list.reversed();
  }

  /** A copy of those that monitor it; empty once closed. */
  final synchronized List<Pid> monitoredBy() {
    var list = new ArrayList<Pid>();
    for (MonitorRef each = watchers; each != null; each = each.nextWatcher) {
      list.add(each.watcher);
    }
    return list.reversed();
  }

  /** How many messages it has taken, if they are counted. */
  Optional<Long> handled() {
    return Optional.empty();
  }

  /** What it does now, if it is a server that runs a callback. */
  Optional<ProcessInfo.Callback> callback() {
    return Optional.empty();
  }

  /** How many messages have come to this process, which runs on the current thread. */
  long mark() {
    return 0;
  }

  /**
   * Takes signals that are meant out of the mailbox of this process, which runs on the current
   * thread: at most so many, and the newest first, since they mostly came last.
   */
  abstract void withdraw(Predicate<Object> meant, int most);

  // --- Death ---

  /** Closes the process and hands over all that its death concerns; false if it was closed. */
  final synchronized boolean close(ExitReason reason, Death.Estate estate) {
    if (!close(estate)) {
      return false;
    }
    estate.dead = this;
    estate.reason = reason;
    estate.links = links;
    estate.watchers = watchers;
    links = reason;
    watchers = null;
    Aux mine = aux;
    if (mine != null) {
      estate.take(mine);
    }
    return true;
  }

  /** Whether it has a thread also while it is idle, asleep in receive. */
  boolean hasThread() {
    return false;
  }

  /**
   * Forgets all that a dead process does not need any more, because a pid may be referenced
   * forever. Its death calls this when the process is almost gone. A thread that still runs it and
   * finds it dead calls this again, because it may have written something meanwhile.
   */
  void forget() {
    forgetHandled();
    Aux mine = aux;
    if (mine != null) {
      mine.forget();
    }
  }

  /** A thread leaves a process that it ran and finds dead. */
  final void leftDead() {
    awaitGone();
    forgetTaken();
    forget();
  }

  final synchronized void gone() {
    flag(GONE, true);
    notifyAll();
  }

  /** Whether it is dead, and all consequences of that are queued. */
  final boolean isGone() {
    return has(GONE);
  }

  /** As {@link #awaitGone()}, for a limited time; whether it is gone. */
  final synchronized boolean awaitGone(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !has(GONE); left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return has(GONE);
  }

  /** Waits until all consequences of a closed process's death are queued. It never takes long. */
  final void awaitGone() {
    boolean interrupted = false;
    synchronized (this) {
      while (!has(GONE)) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
