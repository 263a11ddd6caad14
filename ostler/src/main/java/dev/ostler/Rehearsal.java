package dev.ostler;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets one server crash before the first process starts.
 *
 * <p>What runs for the first time in a JVM needs memory: its classes are loaded and its call sites
 * are linked. If the first crash met a full heap, this would fail in the middle of a death, where
 * no handler catches it, and the process would live on. So the first death happens here.
 */
final class Rehearsal implements GenServer<Object, Call<?, ?>, Cast<?>> {
  private record Fail() implements Cast<Rehearsal>, Call<Rehearsal, Object> {}

  static {
    try {
      new Rehearsal().run();
    } catch (Throwable thrown) {
      // There is no memory even now. Then the first death is the rehearsal.
    }
  }

  private @Nullable ServerProc dying;

  private Rehearsal() {}

  /** Any thread calls it before it starts a process. Only the first call does something. */
  static void ensure() {}

  private void run() {
    ServerOptions options = ServerOptions.NONE.labelled("rehearsal").directly();
    var parent = new ServerProc(options, null);
    var server = new ServerProc(options, parent.asParent());
    dying = server;
    parent.traps(true);
    parent.tryLink(server, true);
    MonitorRef.make(parent, server, null, null).begin();
    server.adopt(this, options);
    server.begin(new Init.Ok<>(new Object(), Optional.empty(), Optional.empty()));
    Runner runner = Runner.get();
    var message = new Message.OfCast(new Fail(), null);
    runner.enter(server);
    server.runner(runner);
    server.leave(runner, server.goIdle(runner));
    server.runHere(message);
    Death.of(parent, ExitReason.SHUTDOWN);
  }

  @Override
  public Init<Object> init() {
    return Init.ok(new Object());
  }

  /** Crashes while a request waits. */
  @Override
  public Next<Object> handleCast(Cast<?> message, Object state) {
    ServerProc server = Objects.requireNonNull(dying);
    server.put(new Request<>(message, server, null));
    throw new OutOfMemoryError("of a rehearsal");
  }

  /** Dies of another reason than that of the crash, which is not reported then. */
  @Override
  public void terminate(ExitReason reason, Object state) {
    Death.of(Objects.requireNonNull(dying), ExitReason.KILLED);
  }
}
