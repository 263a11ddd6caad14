package dev.ostler.kv.server.resp;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import dev.ostler.kv.server.net.Wire;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The way to one RESP client and its process, for everybody else. Any thread may use it. */
public final class RespClient implements RespLoop.Watched {
  /** A message on its way, and the subscription it came by: perhaps the last of it. */
  private record Push(Message message, Subscription by, boolean last) {}

  private final ClientInfo info;
  private final Wire wire;
  private final RespLoop loop;
  private final ConcurrentLinkedQueue<Push> pushes = new ConcurrentLinkedQueue<>();
  private final AtomicLong pushed = new AtomicLong(); // bytes that wait
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile long backlog = 32L * 1024 * 1024;
  private volatile boolean gone;

  // Set once, before anything is pushed.
  private ClientMemory memory = ClientMemory.ofHeap();
  private ClientMemory.@Nullable Share share;
  private volatile @Nullable ServerRef<RespConnection> process;

  /** Which operations its process wants the socket watched for: what it said last counts. */
  private volatile int wanted;

  /** Touched by the loop's thread alone. */
  private @Nullable SelectionKey key;

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

  /** Its process; set once, before anything comes from the socket. */
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

  /** Tells its process something, on the loop's thread. */
  void tellSoon(RespConnection.Event event) {
    loop.execute(() -> tell(event));
  }

  /** Tells its process something. */
  void tell(RespConnection.Event event) {
    process().cast(event);
  }

  /** Ends its process, and with it the connection. */
  public void end(String why) {
    process().pid().exit(ExitReason.shutdown(why));
  }

  // --- What comes to it unasked
  // -------------------------------------------------------------------

  /** Where what is pushed to it is counted, and what it takes besides; set once. */
  void memory(ClientMemory shared, ClientMemory.Share own) {
    memory = shared;
    share = own;
  }

  /** How many bytes may wait for it, besides replies. */
  public void backlog(long most) {
    backlog = most;
  }

  /** Bytes that wait for it, besides replies. */
  long pushed() {
    return pushed.get();
  }

  /**
   * Has a message written, after what was pushed before. Never waits: who is too slow is cut.
   *
   * @param by it is dropped if this is over when its turn comes
   * @param last whether that is over then
   */
  void push(Message message, Subscription by, boolean last) {
    long waiting = pushed.addAndGet(message.length());
    if (waiting > backlog && waiting > message.length()) {
      end("more than " + backlog + " bytes wait for a client that reads too slowly");
      return;
    }
    if (waiting - message.length() > ClientMemory.FREE && memory.hasTooManyMessages()) {
      end("messages take as much memory as they may, and it reads too slowly");
      return;
    }
    message.enter(memory);
    pushes.add(new Push(message, by, last));
    if (gone) {
      leave();
    }
    announce();
  }

  /** Its process has ended: nothing is kept for it, though somebody may keep its pid. */
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

  /** Has its process told, once, that something waits. */
  void announce() {
    if (announced.compareAndSet(false, true)) {
      loop.execute(() -> tell(RespConnection.Event.PUSHED));
    }
  }

  /** Appends all that waits; called by its process. */
  void takePushes(RespWriter out) {
    var _ = takePushes(out, Integer.MAX_VALUE);
  }

  /**
   * Appends what waits, until there are so many bytes; whether more waits. Called by its process.
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
      if (!push.by().isOver()) {
        out.pushed(push.message().bytes());
      }
      if (push.last()) {
        push.by().end();
      }
      pushed.addAndGet(-push.message().length());
      push.message().leave(memory);
    }
    return true;
  }

  // --- What the loop does with it
  // -----------------------------------------------------------------

  /**
   * Watches the socket for these operations from now on. Called by its process, on any thread.
   *
   * <p>What the loop is told to do later may come after what its process said since, on the loop's
   * own thread: so the loop asks then what is wanted.
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

  @Override
  public void ready(SelectionKey selected) {
    process()
        .cast(
            selected.isWritable() ? RespConnection.Event.WRITABLE : RespConnection.Event.READABLE);
    if (!isAlive()) {
      wire.close(); // else it would be ready for ever
    }
  }

  @Override
  public void turnEnds() {
    tell(RespConnection.Event.WRITE);
  }

  /**
   * Leaves the socket to its process, which is then told to end. Any thread may call it.
   *
   * <p>A selector lets go of a socket when it next selects, which is between two tasks, one of
   * which begets the other.
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
}
