package dev.ostler.spring.boot;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Child;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Self;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.SmartLifecycle;

/** What happened in a context, in order. Any thread may write. */
final class Diary {
  private final List<String> lines = new CopyOnWriteArrayList<>();

  List<String> lines() {
    return List.copyOf(lines);
  }

  /** A server that writes down its start and its end. */
  Child<?> server(String what) {
    return GenServer.of(() -> new Writer(this, what));
  }

  /** As {@link #server}, with a name. */
  Child<?> server(Name<Writer> name, String what) {
    return GenServer.of(() -> new Writer(this, what)).named(name);
  }

  /** What starts and stops when a web server does. */
  SmartLifecycle webServer() {
    return new SmartLifecycle() {
      private volatile boolean running;

      @Override
      public void start() {
        lines.add("web server starts");
        running = true;
      }

      @Override
      public void stop() {
        lines.add("web server stops");
        running = false;
      }

      @Override
      public boolean isRunning() {
        return running;
      }

      @Override
      public int getPhase() {
        return SmartLifecycle.DEFAULT_PHASE - 2048; // that of Spring Boot's web servers
      }
    };
  }

  record Writer(Diary diary, String what)
      implements GenServer<Integer, Writer.Crash, Cast<Writer>> {
    record Crash() implements Call<Writer, Void> {}

    @Override
    public Init<Integer> init() {
      Self.trapExits(true); // so that terminate is called
      diary.lines.add(what + " starts");
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Crash request, From<?> from, Integer state) {
      throw new IllegalStateException("it was to crash");
    }

    @Override
    public void terminate(ExitReason reason, Integer state) {
      diary.lines.add(what + " stops");
    }
  }
}
