package dev.ostler;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One call of those that {@link CallRecording recordings} keep: it holds neither the request nor
 * the reply.
 *
 * <p>The caller makes it and writes when the call returned; the server's owner writes the rest. Any
 * thread reads it.
 */
final class RecordedCall {
  private static final AtomicLong IDS = new AtomicLong();
  private static final long NOT_YET = Long.MIN_VALUE;

  final long id = IDS.incrementAndGet();
  private final long parent; // 0 for none
  private final @Nullable Proc caller;
  private final Proc server;
  private final String request;
  private final long called = System.nanoTime();
  private volatile long began = NOT_YET;
  private volatile long ended = NOT_YET;
  private volatile long replied = NOT_YET;

  RecordedCall(Object request, Proc server, @Nullable Proc caller) {
    this.parent = parent(caller);
    this.caller = caller;
    this.server = server;
    this.request = Text.kind(request);
  }

  /** The call that the caller handles just now, if that is recorded. Called by the caller. */
  private static long parent(@Nullable Proc caller) {
    return caller instanceof ServerProc server
            && server.handling() instanceof ObservedRequest handled
            && handled.recorded != null
        ? handled.recorded.id
        : 0;
  }

  void began(long nanos) {
    began = nanos;
  }

  void ended(long nanos) {
    ended = nanos;
  }

  void replied(long nanos) {
    replied = nanos;
  }

  /** The call with its times since the start of a recording, which has these calls. */
  CallRecording.Span span(long start, Set<Long> all) {
    return new CallRecording.Span(
        id,
        all.contains(parent) ? Optional.of(parent) : Optional.empty(),
        Optional.ofNullable(caller),
        server,
        Text.bounded(server.called()),
        request,
        Duration.ofNanos(called - start),
        since(start, began),
        since(start, ended),
        since(start, replied));
  }

  private static Optional<Duration> since(long start, long nanos) {
    return nanos == NOT_YET ? Optional.empty() : Optional.of(Duration.ofNanos(nanos - start));
  }
}
