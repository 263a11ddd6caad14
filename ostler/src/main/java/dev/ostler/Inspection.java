package dev.ostler;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks at processes for tools that show a whole running system: single facts of very many
 * processes, and texts of users' values, however large, slow or broken these are.
 *
 * <p>Any thread may use it. What is read from outside changes nothing, takes no time worth naming,
 * and may be from slightly different moments. Of a process that has ended, the facts are those of
 * an idle one. What asks the server itself says so: it waits its turn in the mailbox, throws what a
 * call throws, and {@link IllegalArgumentException} for a raw process.
 *
 * @see Processes#info
 * @see Sys
 */
public final class Inspection {
  private Inspection() {}

  // --- All processes

  /** What a process is. */
  public enum Kind {
    /** The process of a {@link dev.ostler.Supervisor}. */
    SUPERVISOR,
    /** The process of a {@link dev.ostler.DynamicSupervisor}. */
    DYNAMIC_SUPERVISOR,
    /** The process of a {@link dev.ostler.Registry}. */
    REGISTRY,
    /** The process of an {@link dev.ostler.Agent}. */
    AGENT,
    /** Any other server. */
    SERVER,
    /** A raw process. */
    PROCESS
  }

  /**
   * Calls a consumer with every living process, in no order. It makes no list of them all.
   * Processes that start or end meanwhile may be missing.
   */
  public static void forEach(Consumer<? super Pid> each) {
    for (int i = 0; i < ProcessTable.PARTS; i++) {
      for (Proc process : ProcessTable.part(i)) {
        if (!process.isClosed()) {
          each.accept(process);
        }
      }
    }
  }

  /** The living process of this number; it looks at all of them. */
  public static Optional<Pid> find(long id) {
    for (int i = 0; i < ProcessTable.PARTS; i++) {
      for (Proc process : ProcessTable.part(i)) {
        if (process.id() == id && !process.isClosed()) {
          return Optional.of(process);
        }
      }
    }
    return Optional.empty();
  }

  /** How many processes have been made in this JVM so far, with those that did not start. */
  public static long started() {
    return ProcessTable.lastId();
  }

  // --- One process, from outside

  /** What the process is; any server if it has ended. */
  public static Kind kind(Pid pid) {
    if (!(pid instanceof CallbackProc server)) {
      return Kind.PROCESS;
    }
    GenServer<?, ?, ?> callbacks = server.peekCallbacks();
    return switch (callbacks) {
      case SupervisorServer _ -> Kind.SUPERVISOR;
      case DynamicSupervisorServer _ -> Kind.DYNAMIC_SUPERVISOR;
      case RegistryServer _ -> Kind.REGISTRY;
      case AgentServer _ -> Kind.AGENT;
      case null, default -> Kind.SERVER;
    };
  }

  /** The strategy of a supervisor; empty for all others. */
  public static Optional<Strategy> strategy(Pid pid) {
    GenServer<?, ?, ?> callbacks =
        pid instanceof CallbackProc server ? server.peekCallbacks() : null;
    return callbacks instanceof SupervisorServer supervisor
        ? Optional.of(supervisor.strategy())
        : Optional.empty();
  }

  /** The process that started it, if any; it may have ended. */
  public static Optional<Pid> parent(Pid pid) {
    Ancestors ancestors = ((Proc) pid).ancestors;
    return ancestors == null ? Optional.empty() : Optional.of(ancestors.parent);
  }

  /** How many messages wait. */
  public static int queued(Pid pid) {
    return ((Proc) pid).queued();
  }

  /** How many messages it has taken; empty if they are not counted, see {@link ProcessInfo}. */
  public static Optional<Long> handled(Pid pid) {
    return ((Proc) pid).handled();
  }

  /** How often its supervisor has started it again. */
  public static int restarts(Pid pid) {
    Aux aux = ((Proc) pid).peekAux();
    Past past = aux == null ? null : aux.past;
    return past == null ? 0 : past.restarts();
  }

  /** Whether it runs, or is about to. */
  public static boolean isBusy(Pid pid) {
    return ((Proc) pid).isBusy();
  }

  /** Whether it is a suspended server. */
  public static boolean isSuspended(Pid pid) {
    return ((Proc) pid).isSuspended();
  }

  /** How many processes it is linked to. */
  public static int links(Pid pid) {
    return ((Proc) pid).linkCount();
  }

  /** How many processes it monitors. */
  public static int monitors(Pid pid) {
    return ((Proc) pid).monitored().size();
  }

  /** What a server does now; empty if it is idle, and for a raw process. */
  public static Optional<ProcessInfo.Callback> callback(Pid pid) {
    return ((Proc) pid).callback();
  }

  /** Its label, at most 200 characters, as {@link #text}: a name may have a user's toString. */
  public static String label(Pid pid) {
    Object called = ((Proc) pid).called();
    String own =
        called instanceof String label
            ? label
            : called instanceof LocalName<?> name ? name.toString() : null;
    return own == null || own.length() > 200 ? Text.bounded(own == null ? called : own) : own;
  }

  /**
   * The types of the first messages that wait, oldest first. Their contents are for the receiver
   * alone.
   *
   * @param most so many at most; fewer if more than 100,000 wait
   */
  public static List<String> waiting(Pid pid, int most) {
    var process = (Proc) pid;
    var types = new ArrayList<String>();
    if (process instanceof ServerProc server) {
      server.peekHeld(most, message -> types.add(type(message, process)));
    }
    process.peekWaiting(most - types.size(), message -> types.add(type(message, process)));
    return types;
  }

  /**
   * The message of a process that waits longest, as it was seen. An immutable value, which keeps no
   * message in memory.
   */
  public static final class Oldest {
    private final WeakReference<Message> message;
    private final long seen = System.nanoTime();

    private Oldest(Message message) {
      this.message = new WeakReference<>(message);
    }

    /** How long it waits at least: the time since it was first seen. */
    public Duration atLeast() {
      return Duration.ofNanos(System.nanoTime() - seen);
    }
  }

  /**
   * The message that waits longest; empty if none waits, or more than 100,000 do. No message
   * carries a time, since that would cost, so its age is known only from looks: if the one that was
   * seen before still waits, that is returned again.
   *
   * @param before what an earlier look at this process returned
   */
  public static Optional<Oldest> oldest(Pid pid, Optional<Oldest> before) {
    var process = (Proc) pid;
    var first = new ArrayList<Message>();
    if (process instanceof ServerProc server) {
      server.peekHeld(1, first::add);
    }
    if (first.isEmpty()) {
      process.peekWaiting(1, first::add);
    }
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Message oldest = first.getFirst();
    return before
        .filter(seen -> seen.message.refersTo(oldest))
        .or(() -> Optional.of(new Oldest(oldest)));
  }

  private static String type(Message message, Proc receiver) {
    return message instanceof Request<?> request
        ? request.describeToOthers()
        : Text.kind(message.payload(receiver));
  }

  // --- Texts

  /**
   * A text, perhaps cut.
   *
   * @param text the text
   * @param cut whether there would have been more
   */
  public record Shown(String text, boolean cut) {}

  /**
   * The value as a text, whatever its {@code toString} does: that runs for at most a second.
   *
   * @param most of its characters
   */
  public static Shown text(Object value, int most) {
    return shown(value, () -> value, most);
  }

  private interface Source {
    @Nullable Object get();
  }

  private static Shown shown(@Nullable Object raw, Source source, int most) {
    Shown made = Scribe.ask(() -> Text.shown(source.get(), most));
    return made == null
        ? new Shown("a " + Text.kind(raw) + " that took too long to show", false)
        : made;
  }

  // --- Asking the server

  /**
   * A server's state as a text. The server itself makes it, so that the state does not change
   * meanwhile; {@link GenServer#formatStatus} and {@code toString} get at most a second of its
   * time.
   *
   * @param most of its characters
   * @param timeout how long to wait for the server
   */
  public static Shown state(Pid pid, int most, Duration timeout) {
    return ask(pid, "state", timeout, server -> stateOf(server, server.state(), most));
  }

  private static Shown stateOf(ServerProc server, Object state, int most) {
    GenServer<?, ?, ?> callbacks = server.peekCallbacks();
    return shown(
        state,
        () ->
            callbacks == null
                ? "none"
                : new StatusReport(state, Optional.empty(), Optional.empty())
                    .formattedBy(callbacks)
                    .state(),
        most);
  }

  private static Shown messageTo(ServerProc server, Object message, int most) {
    return shown(message, () -> server.shown(message), most);
  }

  /**
   * Something that a traced server did.
   *
   * @param kind the kind of action
   * @param shown the message, the reply or the state, as {@link GenServer#formatStatus} shows it
   * @param peer the process that called or gets the reply, if any
   */
  public record Traced(SysEvent.Kind kind, Shown shown, Optional<Pid> peer) {}

  /**
   * Tells of everything that a server does from now on, until the consumer returns false, or {@link
   * #endTrace}.
   *
   * @param id of this trace
   * @param most characters of each text
   * @param each runs in the server: be quick
   * @param timeout how long to wait for the server
   */
  public static void trace(
      Pid pid, Object id, int most, Predicate<? super Traced> each, Duration timeout) {
    var _ =
        ask(
            pid,
            "trace",
            timeout,
            server -> {
              server
                  .debug()
                  .install(
                      id,
                      id,
                      (same, event) ->
                          each.test(traced(server, event, most))
                              ? Optional.of(same)
                              : Optional.empty());
              return true;
            });
  }

  /** Ends a trace. */
  public static void endTrace(Pid pid, Object id, Duration timeout) {
    var _ =
        ask(
            pid,
            "trace",
            timeout,
            server -> {
              server.debug().remove(id);
              return true;
            });
  }

  private static Traced traced(ServerProc server, SysEvent event, int most) {
    Object content = event.content();
    Shown shown =
        event.kind() == SysEvent.Kind.STATE
            ? stateOf(server, content, most)
            : messageTo(server, content, most);
    return new Traced(event.kind(), shown, event.peer());
  }

  /**
   * What a supervisor knows of a child.
   *
   * @param id the child's id, as {@link #text} shows it
   * @param restart when it is started again
   */
  public record Supervised(String id, Restart restart) {}

  /**
   * What a supervisor, which is asked, knows of some processes; those that are not its children are
   * missing.
   *
   * @param supervisor a process of the kind {@link Kind#SUPERVISOR} or {@link
   *     Kind#DYNAMIC_SUPERVISOR}; nothing is known of others
   * @param timeout how long to wait for the supervisor
   */
  public static Map<Pid, Supervised> supervised(
      Pid supervisor, Collection<? extends Pid> children, Duration timeout) {
    Kind kind = kind(supervisor);
    if (kind != Kind.SUPERVISOR && kind != Kind.DYNAMIC_SUPERVISOR) {
      return Map.of();
    }
    Map<Pid, ChildSpec<?>> specs =
        ask(supervisor, "children", timeout, server -> specs(server.state(), children));
    var known = new HashMap<Pid, Supervised>();
    specs.forEach(
        (pid, spec) -> known.put(pid, new Supervised(Text.bounded(spec.id()), spec.restart())));
    return known;
  }

  private static Map<Pid, ChildSpec<?>> specs(Object state, Collection<? extends Pid> children) {
    var specs = new HashMap<Pid, ChildSpec<?>>();
    for (Pid each : children) {
      ChildSpec<?> spec =
          state instanceof ChildList list
              ? list.spec(each)
              : DynamicSupervisorServer.specOf(state, each);
      if (spec != null) {
        specs.put(each, spec);
      }
    }
    return specs;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T> T ask(Pid pid, String what, Duration timeout, SystemRequest.Action action) {
    long nanos = Durations.nanos(timeout, "timeout");
    Object answer = Calls.ask(pid, new SystemRequest(what, pid, action), nanos);
    return (T) Objects.requireNonNull(answer);
  }
}
