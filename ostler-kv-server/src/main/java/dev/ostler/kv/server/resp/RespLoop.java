package dev.ostler.kv.server.resp;

import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.journal.TurnThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for many sockets at once, and lets whoever is ready do its work there.
 *
 * <p>Any thread may have it {@link #execute} something. It is a process: a thread of the operating
 * system, attached.
 */
final class RespLoop {
  /*
   * Connections are direct servers, so a message from here runs their callback here. A callback that
   * would have to wait goes on on a virtual thread (see RespConnection). So this thread waits for
   * sockets only, and, for moments, for a bucket that another thread works on.
   *
   * It goes on with a full heap: without it, the port would accept and answer nobody. What found no
   * memory is done again with what was put aside, as nobody else would do it: a task, or the end of
   * a turn for one of those who asked for it. That a socket is ready the selector says again.
   */
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How many wait for the end of a turn before it ends for them. */
  private static final int MOST = 64;

  /** What is put aside for when there is no memory. */
  private static final int RESERVE = 256 * 1024;

  /** How often something is tried for which there is no memory. */
  private static final int ATTEMPTS = 3;

  /** How often one client finds no memory, and nobody else meanwhile, before it is left. */
  private static final int MOST_FAILURES = 100;

  /** So many turns one after the other that found no memory are the end. */
  private static final int TURNS = 1000;

  /** Who is told that a socket is ready. Called by the loop's thread. */
  interface Watched {
    void ready(SelectionKey key);

    /** The turn ends, at which it {@linkplain #tellAtTheEnd asked} to be told. */
    default void turnEnds() {}

    /** The loop has ended: nobody watches any more. Called by another thread, perhaps twice. */
    void abandon();
  }

  private final Selector selector;
  private final TurnThread thread;
  private final TurnThread.Sleeper sleeper;
  private final RespBuffers buffers = new RespBuffers();
  private final List<Watched> untilTheEnd = new ArrayList<>(); // the thread's
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final CompletableFuture<Pid> pid = new CompletableFuture<>();
  private volatile boolean ended;
  private volatile boolean closed;
  private byte @Nullable [] reserve = new byte[RESERVE]; // the thread's; null once it was needed
  private @Nullable Watched failing; // the thread's: who found no memory last
  private int failures; // the thread's: how often one after the other
  private boolean rests; // the thread's: whether it waits at the end of the turn
  private final ReentrantLock late = new ReentrantLock(); // one after another, once it is closed

  /** A loop whose thread has not started. */
  RespLoop(String label) throws IOException {
    selector = Selector.open();
    sleeper = selector::wakeup;
    thread = new TurnThread(label, this::run);
  }

  /** Starts the thread; its process, once there is one. */
  Pid start() {
    thread.start();
    return pid.join();
  }

  /** Ends the thread, and with it its process, after what it is doing. Any thread may call it. */
  void end() {
    ended = true;
    selector.wakeup();
  }

  /** Whether this is its thread. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** The buffers of its thread, which it alone may use; others if this is another thread. */
  RespBuffers lend() {
    return isCurrent() ? buffers : RespBuffers.acquire();
  }

  /** Takes back what was {@linkplain #lend lent}. */
  void takeBack(RespBuffers lent) {
    if (lent == buffers) {
      lent.tidy();
    } else {
      lent.release();
    }
  }

  /** Has its thread do something soon, after what it was told before; another, if it has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    if (closed) {
      Thread.startVirtualThread(this::doTheRest);
    } else if (!isCurrent() && woken.compareAndSet(false, true)) {
      TurnThread.wake(sleeper);
    }
  }

  /**
   * Tells this one soon that the turn ends, when the others that are ready have been told so: a
   * program that is woken by the reply to one client finds those to its others, too. Called by the
   * thread, in a turn.
   */
  void tellAtTheEnd(Watched watched) {
    untilTheEnd.add(watched);
  }

  /** Watches a socket from now on; null if it is closed, or left to a process. */
  @Nullable SelectionKey register(SelectableChannel channel, int operations, Watched watched) {
    try {
      return channel.register(selector, operations, watched);
    } catch (ClosedSelectorException e) {
      watched.abandon();
      return null;
    } catch (ClosedChannelException | IllegalBlockingModeException e) {
      return null;
    }
  }

  // --- Its thread
  // ---------------------------------------------------------------------------------

  private void run() {
    Pid self = Processes.attach().pid();
    pid.complete(self);
    try {
      int without = 0; // turns that found no memory
      while (!ended) {
        try {
          turn();
          without = 0;
        } catch (VirtualMachineError e) {
          if (!self.isAlive() || ++without == TURNS) {
            throw e;
          }
          useReserve("a turn of the loop of RESP clients is done again", e);
          FullHeap.pause(); // the sockets that were ready still are
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Error e) {
      if (self.isAlive()) {
        throw e;
      } // else its process was told to end, which is how this thread hears of it
    } finally {
      thread.endTurn();
      close();
      Processes.detach();
    }
  }

  private void turn() throws IOException {
    thread.endTurn();
    refill();
    woken.set(false);
    if (tasks.isEmpty()) {
      selector.select(this::ready);
    } else {
      selector.selectNow(this::ready);
    }
    tellThatItEnds();
    // Only what is there now: a task that adds a task must not keep the sockets waiting.
    for (int left = tasks.size(); left > 0; left--) {
      Runnable task = tasks.poll();
      if (task != null) {
        insisting(task, null);
      }
    }
    tellThatItEnds();
    if (rests) {
      rests = false;
      FullHeap.pause();
    }
    if (Thread.currentThread().isInterrupted()) {
      var _ = Self.receive(Duration.ZERO); // ends this thread, if its process was told to end
      Thread.interrupted();
    }
  }

  private void ready(SelectionKey key) {
    if (key.attachment() instanceof Watched watched) {
      try {
        watched.ready(key);
      } catch (CancelledKeyException e) {
        // Somebody closed the socket meanwhile.
      } catch (RuntimeException e) {
        failed(e);
      } catch (VirtualMachineError e) {
        withoutMemory(watched, e);
      }
    }
    if (untilTheEnd.size() >= MOST) {
      tellThatItEnds();
    }
  }

  /**
   * The selector says again that its socket is ready. The others are served meanwhile; a client
   * that never finds the memory it needs is left.
   */
  private void withoutMemory(Watched watched, VirtualMachineError why) {
    useReserve("a RESP client found no memory", why);
    failures = watched == failing ? failures + 1 : 1;
    failing = watched;
    if (failures == MOST_FAILURES) {
      failing = null;
      watched.abandon();
    }
    rests = true;
  }

  private void tellThatItEnds() {
    for (int i = 0; i < untilTheEnd.size(); i++) { // who may ask for it again meanwhile
      insisting(null, untilTheEnd.get(i));
    }
    untilTheEnd.clear();
  }

  /** Does a task, or tells one that the turn ends; again if there is no memory for it. */
  private void insisting(@Nullable Runnable task, @Nullable Watched watched) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        if (task != null) {
          task.run();
        }
        if (watched != null) {
          watched.turnEnds();
        }
        return;
      } catch (CancelledKeyException e) {
        return; // Somebody closed the socket meanwhile.
      } catch (RuntimeException e) {
        failed(e);
        return;
      } catch (VirtualMachineError e) {
        useReserve("an event of a RESP client found no memory", e);
      }
    }
    if (watched != null) {
      watched.abandon();
    }
  }

  /** A failure of one must not end the others. */
  private static void failed(RuntimeException e) {
    LOG.log(Level.WARNING, "an event of a RESP client failed", e);
  }

  /** There is no memory: what was put aside can be used from now on. */
  private void useReserve(String what, VirtualMachineError why) {
    reserve = null;
    FullHeap.log(what, why);
  }

  /** Puts memory aside again, if there is some. */
  private void refill() {
    if (reserve == null) {
      try {
        reserve = new byte[RESERVE];
      } catch (OutOfMemoryError e) {
        // Later, then.
      }
    }
  }

  private void close() {
    var watched =
        List.copyOf(selector.keys()).stream()
            .map(SelectionKey::attachment)
            .filter(Watched.class::isInstance)
            .map(Watched.class::cast)
            .toList();
    try {
      selector.close();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "closing a selector failed", e);
    }
    closed = true;
    // On another thread, for what a process does after its end reaches nobody.
    Thread.startVirtualThread(
        () -> {
          watched.forEach(Watched::abandon);
          doTheRest();
        });
  }

  /** What it was told and has not done: somebody's socket may depend on it. */
  private void doTheRest() {
    late.lock();
    try {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        insisting(task, null);
      }
    } finally {
      late.unlock();
    }
  }
}
