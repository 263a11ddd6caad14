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
 * A thread that watches many sockets with one selector, and runs the connections whose sockets are
 * ready.
 *
 * <p>Any thread may {@link #execute} a task on it. The thread is a platform thread, attached as a
 * process.
 */
final class RespLoop {
  /*
   * Connections are direct servers, so a message from this thread runs their callback on it. A
   * callback that would have to wait continues on a virtual thread (see RespConnection). So this
   * thread waits only for sockets, and briefly for a bucket that another thread works on.
   *
   * The loop survives a full heap: without it, the port would accept clients and answer none. A
   * task that found no memory is repeated in the next turns, because nobody else would repeat it; a
   * client's end of turn is repeated at once, with the memory in reserve. The selector reports a ready socket again
   * by itself.
   */
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** Once this many connections wait for the end of a turn, the turn ends for them. */
  private static final int MOST_DEFERRED = 64;

  /** Memory in reserve for a full heap, in bytes. */
  private static final int RESERVE = 256 * 1024;

  /** How often the end of a turn is told to a client that finds no memory. */
  private static final int ATTEMPTS = 3;

  /**
   * After this many failures in a row for lack of memory, a client is disconnected, and a task is
   * dropped.
   */
  private static final int MOST_FAILURES = 100;

  /** After this many turns in a row that found no memory, the loop ends. */
  private static final int MOST_FAILED_TURNS = 1000;

  /** A user of the loop. The loop's thread calls it. */
  interface Watched {
    void ready(SelectionKey key);

    /** The turn ends. Called if {@linkplain #tellAtTheEnd asked for}. */
    default void turnEnds() {}

    /** The loop has ended and watches no more. Called on another thread, perhaps twice. */
    void abandon();
  }

  private final Selector selector;
  private final TurnThread thread;
  private final TurnThread.Sleeper sleeper;
  private final RespBuffers buffers = new RespBuffers(false);
  private final List<Watched> untilTheEnd = new ArrayList<>(); // touched by the thread only
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final CompletableFuture<Pid> pid = new CompletableFuture<>();
  private volatile boolean ended;
  private volatile boolean closed;
  // touched by the thread only; null once it was used
  private byte @Nullable [] reserve = new byte[RESERVE];
  // touched by the thread only: the last one that found no memory
  private @Nullable Watched failing;
  private int failures; // touched by the thread only: its failures in a row
  // touched by the thread, then under the lock late: how often the first task found no memory
  private int attempts;
  private boolean rests; // touched by the thread only: whether to pause at the end of the turn
  // serializes doTheRest once the loop is closed
  private final ReentrantLock late = new ReentrantLock();

  /** Creates a loop whose thread has not started. */
  RespLoop(String label) throws IOException {
    FullHeap.prepare();
    selector = Selector.open();
    sleeper = selector::wakeup;
    thread = new TurnThread(label, this::run);
  }

  /** Starts the thread, and waits until it is attached; returns its process. */
  Pid start() {
    thread.start();
    return pid.join();
  }

  /** Ends the thread and its process after the current turn. Any thread may call it. */
  void end() {
    ended = true;
    selector.wakeup();
  }

  /** Whether the caller is this loop's thread. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Buffers for the calling thread: the loop's own on its thread, others elsewhere. */
  RespBuffers lend() {
    return isCurrent() ? buffers : RespBuffers.acquire();
  }

  /** Takes back {@linkplain #lend lent} buffers. */
  void takeBack(RespBuffers lent) {
    if (lent == buffers) {
      lent.tidy();
    } else {
      lent.release();
    }
  }

  /**
   * Runs a task on this thread soon, in the order of the calls; on another thread if the loop has
   * ended.
   */
  void execute(Runnable task) {
    tasks.add(task);
    if (closed) {
      Thread.startVirtualThread(this::doTheRest);
    } else if (!isCurrent() && woken.compareAndSet(false, true)) {
      TurnThread.wake(sleeper);
    }
  }

  /**
   * Calls {@link Watched#turnEnds} after the other ready sockets have had their events. So a
   * program that a reply to one client wakes finds the replies to its other clients, too. Called by
   * the thread, within a turn.
   */
  void tellAtTheEnd(Watched watched) {
    untilTheEnd.add(watched);
  }

  /** Starts to watch a socket; null if it is closed, or its process has taken it over. */
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

  private void run() {
    Pid self = Processes.attach().pid();
    pid.complete(self);
    try {
      int without = 0; // turns in a row that found no memory
      while (!ended) {
        try {
          turn();
          without = 0;
        } catch (VirtualMachineError e) {
          if (!self.isAlive() || ++without == MOST_FAILED_TURNS) {
            throw e;
          }
          useReserve("a turn of the RESP loop found no memory, and is repeated", e);
          FullHeap.pause(); // the sockets that were ready still are
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Error e) {
      if (self.isAlive()) {
        throw e;
      } // otherwise its process was told to end, which this thread learns this way
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
    // Only those that are there now: a task that adds a task must not delay the sockets.
    for (int left = tasks.size(); left > 0 && isDone(tasks.peek()); left--) {
      tasks.poll();
    }
    tellThatItEnds();
    if (rests) {
      rests = false;
      FullHeap.pause();
    }
    if (Thread.currentThread().isInterrupted()) {
      var _ = Self.receive(Duration.ZERO); // ends this thread if its process was told to end
      Thread.interrupted();
    }
  }

  private void ready(SelectionKey key) {
    if (key.attachment() instanceof Watched watched) {
      try {
        watched.ready(key);
      } catch (CancelledKeyException e) {
        // The socket was closed meanwhile.
      } catch (RuntimeException e) {
        failed(e);
      } catch (VirtualMachineError e) {
        withoutMemory(watched, e);
      }
    }
    if (untilTheEnd.size() >= MOST_DEFERRED) {
      tellThatItEnds();
    }
  }

  /**
   * A client found no memory. The selector will report its socket again, and other clients are
   * served meanwhile. A client that never finds the memory it needs is disconnected.
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
    for (int i = 0; i < untilTheEnd.size(); i++) { // the list may grow meanwhile
      tellThatItEnds(untilTheEnd.get(i));
    }
    untilTheEnd.clear();
  }

  /** Tells a client that the turn ends. Repeats it if there is no memory for it. */
  private void tellThatItEnds(Watched watched) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        watched.turnEnds();
        return;
      } catch (CancelledKeyException e) {
        return; // the socket was closed meanwhile
      } catch (RuntimeException e) {
        failed(e);
        return;
      } catch (VirtualMachineError e) {
        useReserve("an event of a RESP client found no memory", e);
      }
    }
    watched.abandon();
  }

  /**
   * Runs the first task. False if it found no memory: then it stays the first, and the next turn
   * repeats it, because a client may depend on it.
   */
  private boolean isDone(@Nullable Runnable task) {
    try {
      if (task != null) {
        task.run();
      }
    } catch (CancelledKeyException e) {
      // The socket was closed meanwhile.
    } catch (RuntimeException e) {
      failed(e);
    } catch (VirtualMachineError e) {
      useReserve("a task of the RESP loop found no memory", e);
      rests = true;
      if (++attempts < MOST_FAILURES) {
        return false;
      }
    }
    attempts = 0;
    return true;
  }

  /** A failure with one client must not affect the others. */
  private static void failed(RuntimeException e) {
    LOG.log(Level.WARNING, "an event of a RESP client failed", e);
  }

  /** Releases the memory in reserve. */
  private void useReserve(String what, VirtualMachineError why) {
    reserve = null;
    FullHeap.log(what, why);
  }

  /** Restores the reserve, if there is memory for it. */
  private void refill() {
    if (reserve == null) {
      try {
        reserve = new byte[RESERVE];
      } catch (OutOfMemoryError e) {
        // The next turn tries again.
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
    // On another thread, because messages that a process sends after its end are dropped.
    Thread.startVirtualThread(
        () -> {
          watched.forEach(Watched::abandon);
          doTheRest();
        });
  }

  /** Runs the tasks that are left: a socket may depend on one of them. */
  private void doTheRest() {
    late.lock();
    try {
      for (Runnable task = tasks.peek(); task != null; task = tasks.peek()) {
        if (isDone(task)) {
          tasks.poll();
        } else {
          FullHeap.pause();
        }
      }
    } finally {
      late.unlock();
    }
  }
}
