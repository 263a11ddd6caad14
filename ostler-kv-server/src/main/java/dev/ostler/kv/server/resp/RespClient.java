package dev.ostler.kv.server.resp;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.server.net.Wire;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One RESP client, as all threads other than its process see it. Any thread may use it. */
public final class RespClient implements RespLoop.Watched {
  /** A pushed message, the subscription it belongs to, and whether it is the last one of that. */
  private record Push(Message message, Subscription by, boolean last) {}

  private final ClientInfo info;
  private final Wire wire;
  private final RespLoop loop;
  private final ConcurrentLinkedQueue<Push> pushes = new ConcurrentLinkedQueue<>();
  private final AtomicLong pushed = new AtomicLong(); // bytes of messages that wait
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile long backlog = 32L * 1024 * 1024;
  private volatile boolean gone;

  // Set once, before anything is pushed.
  private ClientMemory memory = ClientMemory.ofHeap();
  private ClientMemory.@Nullable Share share;
  private volatile @Nullable ServerRef<RespConnection> process;

  /** The operations that its process wants the socket watched for; the latest value holds. */
  private volatile int wanted;

  /** Touched by the loop's thread alone. */
  private @Nullable SelectionKey key;

  /** Whether its process has not heard yet that the socket is ready. The loop sets it. */
  private volatile boolean told;

  RespClient(ClientInfo info, Wire wire, RespLoop loop) {
    this.info = info;
    this.wire = wire;
    this.loop = loop;
  }

  public ClientInfo info() {
    return info;
  }

  Wire wire() {
    return wire;
  }

  RespLoop loop() {
    return loop;
  }

  /** Sets its process, once, before anything is read from the socket. */
  void process(ServerRef<RespConnection> started) {
    process = started;
  }

  private ServerRef<RespConnection> process() {
    return Objects.requireNonNull(process, "process");
  }

  public Pid pid() {
    return process().pid();
  }

  boolean isAlive() {
    return process().pid().isAlive();
  }

  /** Sends its process an event, from the loop's thread. */
  void tellSoon(RespConnection.Event event) {
    loop.execute(() -> tell(event));
  }

  /** Sends its process an event. */
  void tell(RespConnection.Event event) {
    process().cast(event);
  }

  /** Ends its process, and with it the connection. */
  public void end(String why) {
    process().pid().exit(ExitReason.shutdown(why));
  }

  // --- What comes to it unasked

  /** Sets where its pushed messages, and its other memory, are counted. Called once. */
  void memory(ClientMemory shared, ClientMemory.Share own) {
    memory = shared;
    share = own;
  }

  /** Sets how many bytes of pushed messages may wait for it. */
  public void backlog(long most) {
    backlog = most;
  }

  /** How many bytes of pushed messages wait for it. */
  long pushed() {
    return pushed.get();
  }

  /**
   * Queues a message behind the earlier ones. Never waits: a client that reads too slowly is
   * disconnected.
   *
   * @param by the message is dropped if this subscription is over when it would be written
   * @param last whether the subscription is over after this message
   */
  void push(Message message, Subscription by, boolean last) {
    long waiting = pushed.addAndGet(message.length());
    if (waiting > backlog && waiting > message.length()) {
      end("more than " + backlog + " bytes wait for a client that reads too slowly");
      return;
    }
    if (waiting - message.length() > ClientMemory.FREE && memory.hasTooManyMessages()) {
      end("messages use as much memory as they may, and the client reads too slowly");
      return;
    }
    message.enter(memory);
    pushes.add(new Push(message, by, last));
    if (gone) {
      leave();
    }
    announce();
  }

  /**
   * Drops the queued messages after its process has ended: others may still refer to this object.
   */
  void leave() {
    gone = true;
    for (Push push = pushes.poll(); push != null; push = pushes.poll()) {
      push.message().leave(memory);
    }
    pushed.set(0);
    if (share != null) {
      share.end();
    }
  }

  /** Tells its process once that messages wait. */
  void announce() {
    if (announced.compareAndSet(false, true)) {
      loop.execute(() -> tell(RespConnection.Event.PUSHED));
    }
  }

  /** Appends all waiting messages. Called by its process. */
  void takePushes(RespWriter out) {
    var _ = takePushes(out, Integer.MAX_VALUE);
  }

  /**
   * Appends waiting messages until the writer has this many bytes; true if more wait. Called by its
   * process.
   */
  boolean takePushes(RespWriter out, int most) {
    if (pushed.get() == 0 && !announced.get()) {
      return false;
    }
    announced.set(false);
    while (out.length() < most) {
      Push push = pushes.poll();
      if (push == null) {
        return false;
      }
      try {
        if (!push.by().isOver()) {
          push.message().write(out);
        }
        if (push.last()) {
          push.by().end();
        }
      } finally {
        pushed.addAndGet(-push.message().length());
        push.message().leave(memory);
      }
    }
    return true;
  }

  // --- What the loop does with it

  /**
   * Watches the socket for these operations. Called by its process, on any thread.
   *
   * <p>The loop runs its tasks later, and the process may have asked for something else on the
   * loop's own thread meanwhile. So the task reads what is wanted now.
   */
  void interest(int operations) {
    wanted = operations;
    if (loop.isCurrent()) {
      watch();
    } else {
      loop.execute(this::watch);
    }
  }

  private void watch() {
    int operations = wanted;
    SelectionKey known = key;
    if (known == null) {
      key = loop.register(wire.channel(), operations, this);
    } else if (known.isValid() && known.interestOps() != operations) {
      known.interestOps(operations);
    }
  }

  /**
   * Its process hears that the socket is ready. False on another thread than the loop's: the loop
   * found the process at work there, and will tell it again.
   */
  boolean hears() {
    told = false;
    if (loop.isCurrent()) {
      return true;
    }
    loop.execute(this::watch);
    return false;
  }

  /**
   * Tells its process, which mostly hears it before this returns. Otherwise the socket is not
   * watched until the process has heard it: the selector would report it again and again.
   */
  @Override
  public void ready(SelectionKey selected) {
    told = true;
    process()
        .cast(
            selected.isWritable() ? RespConnection.Event.WRITABLE : RespConnection.Event.READABLE);
    if (told) {
      selected.interestOps(0);
    }
    if (!isAlive()) {
      wire.close(); // otherwise the selector would report it for ever
    }
  }

  @Override
  public void turnEnds() {
    tell(RespConnection.Event.WRITE);
  }

  /**
   * Removes the socket from the selector, and then tells its process to end. Any thread may call
   * it.
   *
   * <p>A selector releases a cancelled socket in its next selection. That happens between two tasks
   * of the loop, hence the task within a task.
   */
  void dismiss() {
    loop.execute(
        () -> {
          if (key != null) {
            key.cancel();
          }
          loop.execute(this::abandon);
        });
  }

  @Override
  public void abandon() {
    process().pid().exit(ExitReason.SHUTDOWN);
  }

  /**
   * Continues its process on a new virtual thread, after this work. If that fails, perhaps for lack
   * of memory, nobody else would wake the process: the client is disconnected.
   */
  void continueElsewhere(Runnable work) {
    Thread.startVirtualThread(
        () -> {
          try {
            work.run();
            tell(RespConnection.Event.RESUME);
          } catch (Throwable thrown) {
            disconnect();
          }
        });
  }

  /** Like {@link #abandon}, but waits for the memory that it needs. */
  private void disconnect() {
    while (true) {
      try {
        abandon();
        return;
      } catch (VirtualMachineError e) {
        FullHeap.pause();
      }
    }
  }
}
