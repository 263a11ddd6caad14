package dev.ostler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The debugging of one server, which {@link Sys} switches on. Used by the server's owner only. */
final class Debug {
  private final String label;
  private final Map<Object, Installed<?>> observers = new LinkedHashMap<>();
  private volatile Sys.@Nullable Statistics statistics; // read by others for ProcessInfo
  private int keep;
  private final ArrayDeque<SysEvent> log = new ArrayDeque<>();
  private final ArrayDeque<Taken> taken = new ArrayDeque<>(); // while the log is kept
  private @Nullable Consumer<? super String> trace;
  private @Nullable Path file;

  Debug(String label) {
    this.label = label;
  }

  /** A message that the server took, and its state before. */
  record Taken(SysEvent.Kind kind, Object content, Object before) {}

  /** An observer and its state. */
  private static final class Installed<D> {
    private final Sys.Observer<D> observer;
    private D state;

    Installed(Sys.Observer<D> observer, D state) {
      this.observer = observer;
      this.state = state;
    }

    /** False if the observer is done, or failed. */
    boolean on(SysEvent event) {
      try {
        Optional<D> next = observer.on(state, event);
        next.ifPresent(changed -> state = changed);
        return next.isPresent();
      } catch (Throwable e) {
        return false;
      }
    }
  }

  // --- What happens ---

  void in(Message message, ServerProc server) {
    if (message instanceof SystemRequest) {
      return;
    }
    if (message instanceof Request<?> request) {
      keepTaken(SysEvent.Kind.CALL, request.call, server);
      event(SysEvent.Kind.CALL, request.call, request.pid(), 1, 0);
      return;
    }
    Object content = message.payload(server);
    if (content != null) {
      var kind = message instanceof Message.OfCast ? SysEvent.Kind.CAST : SysEvent.Kind.INFO;
      keepTaken(kind, content, server);
      event(kind, content, Optional.empty(), 1, 0);
    }
  }

  private void keepTaken(SysEvent.Kind kind, Object content, ServerProc server) {
    if (keep > 0) {
      if (taken.size() == keep) {
        taken.poll();
      }
      taken.add(new Taken(kind, content, server.state()));
    }
  }

  void out(@Nullable Object reply, Request<?> to) {
    event(SysEvent.Kind.REPLY, reply == null ? "null" : reply, to.pid(), 0, 1);
  }

  void state(Object state) {
    event(SysEvent.Kind.STATE, state, Optional.empty(), 0, 0);
  }

  private void event(SysEvent.Kind kind, Object content, Optional<Pid> peer, int in, int out) {
    var event = new SysEvent(kind, label, content, peer);
    Sys.Statistics before = statistics;
    if (before != null) {
      statistics =
          new Sys.Statistics(before.since(), before.messagesIn() + in, before.messagesOut() + out);
    }
    if (keep > 0) {
      if (log.size() == keep) {
        log.poll();
      }
      log.add(event);
    }
    if (trace != null && !written(trace, event)) {
      trace = null;
    }
    if (file != null && !appended(file, event)) {
      file = null;
    }
    observers.values().removeIf(observer -> !observer.on(event));
  }

  private static boolean written(Consumer<? super String> to, SysEvent event) {
    try {
      to.accept(event.toString());
      return true;
    } catch (Throwable e) {
      return false;
    }
  }

  private static boolean appended(Path file, SysEvent event) {
    try {
      append(file, event + "\n");
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(
          file, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the log of a server to " + file, e);
    }
  }

  // --- What is asked for ---

  void statistics(boolean on) {
    statistics = on ? new Sys.Statistics(Instant.now(), 0, 0) : null;
  }

  Optional<Sys.Statistics> statistics() {
    return Optional.ofNullable(statistics);
  }

  void keep(int events) {
    keep = events;
    while (log.size() > events) {
      log.poll();
    }
    while (taken.size() > events) {
      taken.poll();
    }
  }

  /** The last messages that the server took, as many as the log keeps events. */
  List<Taken> taken() {
    return List.copyOf(taken);
  }

  List<SysEvent> log() {
    return List.copyOf(log);
  }

  void trace(@Nullable Consumer<? super String> to) {
    trace = to;
  }

  void file(@Nullable Path to) {
    if (to != null) {
      append(to, "");
    }
    file = to;
  }

  /** Unless there is one with this id. */
  <D> void install(Object id, D state, Sys.Observer<D> observer) {
    observers.putIfAbsent(id, new Installed<>(observer, state));
  }

  void remove(Object id) {
    observers.remove(id);
  }
}
