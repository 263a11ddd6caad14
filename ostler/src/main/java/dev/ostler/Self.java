package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Operations of the running process on itself.
 *
 * <p>Every method needs the calling thread to run a process: the body of a spawned one, a callback
 * of a server, or a thread that {@linkplain Processes#attach attached} itself. A thread started
 * from there is no part of the process. In any other thread each throws an {@link
 * IllegalStateException}.
 */
public final class Self {
  private Self() {}

  private static Proc process() {
    Proc self = Runner.process();
    if (self == null) {
      throw new IllegalStateException(
          "the thread "
              + Thread.currentThread()
              + " is no process: spawn one, or attach the thread with Processes.attach()");
    }
    self.mustLive();
    return self;
  }

  private static ThreadProc receiver() {
    if (process() instanceof ThreadProc receiver) {
      return receiver;
    }
    throw new IllegalStateException(
        Calls.describe(process())
            + " is a server: its messages come to its callbacks, not to receive");
  }

  /** The process the calling thread runs. */
  public static Pid pid() {
    return process();
  }

  /** Whether the calling thread runs a process that lives. */
  public static boolean isProcess() {
    Proc self = Runner.process();
    return self != null && !self.isClosed();
  }

  /** The parent of this process, that one's parent, and so on; at most 32. */
  public static List<Pid> ancestors() {
    return Ancestors.list(process().ancestors);
  }

  /**
   * The processes for which this one works. For a task, its owner and the owner's callers; for a
   * child of a supervisor, those that the supervisor {@linkplain Supervisor.Spec#callers names}.
   */
  public static List<Pid> callers() {
    return process().callers();
  }

  /**
   * A typed reference to this process, from within a server of this type.
   *
   * @throws IllegalStateException if this process is not such a server
   */
  public static <P extends GenServer<?, ?, ?>> ServerRef<P> server(Class<P> type) {
    if (process() instanceof ServerProc server) {
      var callbacks = server.peekCallbacks();
      if (callbacks == null || type.isInstance(callbacks)) { // none yet while the factory runs
        return new ServerHandle<>(server);
      }
    }
    throw new IllegalStateException(
        Calls.describe(process()) + " is no server of type " + type.getName());
  }

  // --- Messages ---

  /**
   * The next message, however long it takes.
   *
   * @throws ReceiveInterruptedException if the thread is interrupted, and the process lives
   */
  public static Object receive() {
    return Objects.requireNonNull(
        receiver().receive(Object.class, message -> true, 0, Long.MAX_VALUE));
  }

  /** The next message, if one comes within the time. */
  public static Optional<Object> receive(Duration timeout) {
    return receive(Object.class, message -> true, timeout);
  }

  /** The next message of a type, however long it takes. Others stay, in their order. */
  public static <T> T receive(Class<T> type) {
    return type.cast(
        Objects.requireNonNull(receiver().receive(type, type::isInstance, 0, Long.MAX_VALUE)));
  }

  /** The next message of a type, if one comes within the time. Others stay, in their order. */
  public static <T> Optional<T> receive(Class<T> type, Duration timeout) {
    return receive(type, message -> true, timeout);
  }

  /**
   * The next message of a type that meets the condition, if one comes within the time. Others stay,
   * in their order.
   *
   * <p>Messages of other types that a receive for this type has skipped are not looked at again. If
   * many of this type wait that do not meet the condition, receive by a monitor: see {@link
   * #receive(MonitorRef, Class, Predicate, Duration)}.
   *
   * @param timeout zero to look only at messages that have arrived
   */
  public static <T> Optional<T> receive(
      Class<T> type, Predicate<? super T> wanted, Duration timeout) {
    return Optional.ofNullable(receive(type, wanted, 0, timeout));
  }

  /**
   * The next message of a type that meets the condition and came after the monitor was set, if one
   * comes within the time. Others stay, in their order.
   *
   * <p>For a request by hand: set a monitor, send the request with the reference, receive the
   * answer that has the reference, or the {@link Down}. What waited before is not looked at, so
   * that the answer is found as fast in a long mailbox as in an empty one: the receive marks of
   * Erlang.
   *
   * @throws IllegalArgumentException if the monitor is another process's
   */
  public static <T> Optional<T> receive(
      MonitorRef since, Class<T> type, Predicate<? super T> wanted, Duration timeout) {
    mustBeMine(since);
    return Optional.ofNullable(receive(type, wanted, since.mark(), timeout));
  }

  private static <T> @Nullable T receive(
      Class<T> type, Predicate<? super T> wanted, long above, Duration timeout) {
    Objects.requireNonNull(wanted, "wanted");
    long nanos = Durations.nanos(timeout, "timeout");
    Predicate<Object> matches =
        message -> type.isInstance(message) && wanted.test(type.cast(message));
    return type.cast(receiver().receive(type, matches, above, nanos));
  }

  private static void mustBeMine(MonitorRef ref) {
    Proc self = process();
    if (ref.watcher != self) {
      throw new IllegalArgumentException(ref + " is not a monitor of " + self);
    }
  }

  /** Takes all messages there are, in order. */
  public static List<Object> flush() {
    return receiver().flush();
  }

  /** Sends this process a message later. */
  public static Timer sendAfter(Object message, Duration delay) {
    return process().sendAfter(message, delay);
  }

  // --- Links ---

  /**
   * Links this process with another: when one ends, other than normally, so does the other, unless
   * it traps exits. Linking twice, or with oneself, changes nothing.
   *
   * @throws NoProcessException if the other has ended, unless this process traps exits: then it
   *     gets an {@link Exit} with {@link ExitReason#NO_PROCESS}
   */
  public static void link(Pid pid) {
    process().link((Proc) pid);
  }

  /** Ends the link, if there is one. No exit comes over it once this has returned. */
  public static void unlink(Pid pid) {
    process().unlink((Proc) pid);
  }

  /**
   * Whether exits of linked processes, and exit signals, become {@link Exit} messages. Only later
   * signals are concerned.
   *
   * @return the previous setting
   */
  public static boolean trapExits(boolean trap) {
    return process().traps(trap);
  }

  /** Starts a process, linked with this one before it begins. */
  public static Pid spawnLink(Processes.Body body) {
    return spawnLink("process", body);
  }

  /** Starts a process with a label, linked with this one before it begins. */
  public static Pid spawnLink(String label, Processes.Body body) {
    Proc self = process();
    ThreadProc child = Processes.create(label, body);
    if (!self.tryLink(child, true)) {
      throw self.ended();
    }
    child.start(body);
    return child;
  }

  /**
   * A process just started, and the monitor on it.
   *
   * @param pid the process
   * @param ref the monitor
   */
  public record Monitored(Pid pid, MonitorRef ref) {}

  /** Starts a process, monitored by this one before it begins. */
  public static Monitored spawnMonitor(Processes.Body body) {
    Proc self = process();
    ThreadProc child = Processes.create("process", body);
    MonitorRef ref = self.monitor(child, null, null);
    child.start(body);
    return new Monitored(child, ref);
  }

  /**
   * Gives this process a label, by which reports name it from now on, as {@code
   * proc_lib:set_label/1} of Erlang/OTP does.
   */
  public static void label(String label) {
    Objects.requireNonNull(label, "label");
    Proc self = process();
    Aux aux = self.aux();
    synchronized (self) {
      aux.label = label;
    }
  }

  // --- Monitors ---

  /** Watches a process: when it ends, this one gets a {@link Down}; at once if it has ended. */
  public static MonitorRef monitor(Pid pid) {
    return process().monitor((Proc) pid, null, null);
  }

  /**
   * As {@link #monitor(Pid)}. The {@link Down} leads to the tag by {@link MonitorRef#tag}, so that
   * a process that watches many needs no table to find what the dead was to it. As the option
   * {@code tag} of Erlang's {@code monitor/3}.
   *
   * @param tag kept as long as the reference
   */
  public static MonitorRef monitor(Pid pid, Object tag) {
    return process().monitor((Proc) pid, null, Objects.requireNonNull(tag, "tag"));
  }

  /** Monitors the process that has the name now; {@link MonitorRef#name} is the name. */
  public static MonitorRef monitor(Name<?> name) {
    Proc self = process();
    Proc holder = name.resolve();
    return self.monitor(holder == null ? (Proc) Processes.NOBODY : holder, name, null);
  }

  /** Ends a watch. A {@link Down} that came before stays. As {@code demonitor(ref, false)}. */
  public static boolean demonitor(MonitorRef ref) {
    return demonitor(ref, false);
  }

  /**
   * Ends a watch.
   *
   * @param flush whether a {@link Down} that came before, and was not received, is taken back
   * @return whether the watch had not ended before
   * @throws IllegalArgumentException if the monitor is another process's
   */
  public static boolean demonitor(MonitorRef ref, boolean flush) {
    mustBeMine(ref);
    boolean active = ref.end();
    if (flush && !active) {
      ref.flush();
    }
    return active;
  }

  // --- The end ---

  /**
   * Ends this process, with the reason, by unwinding its stack: {@code finally} blocks run, {@code
   * catch (Exception)} does not hold it up. Never returns.
   */
  public static void exit(ExitReason reason) {
    process();
    throw new ProcessExit(Objects.requireNonNull(reason, "reason"));
  }
}
