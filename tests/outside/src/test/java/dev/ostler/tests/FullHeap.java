package dev.ostler.tests;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.CrashReport;
import dev.ostler.Down;
import dev.ostler.Events;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/**
 * A program that lets a supervised process of each kind fill the heap, 20 times, and says who came
 * out of it; to be run in a JVM of its own, with a small heap.
 */
final class FullHeap {
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TIMES = 20;

  private FullHeap() {}

  public static void main(String[] arguments) {
    Events.logging(false);
    greedy();
    System.exit(0);
  }

  private static void greedy() {
    Processes.attach();
    var bystander = GenServer.of(PuppetServer::new).start();
    int wedged = 0;
    var reports = new AtomicInteger();
    Events.subscribe(CrashReport.class, _ -> reports.incrementAndGet());
    for (Victim kind : Victim.values()) {
      var reborn = new LinkedBlockingQueue<Pid>();
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .intensity(1_000, Duration.ofSeconds(1))
              .child(kind.child(reborn))
              .start();
      int restarted = 0;
      for (int i = 0; i < TIMES; i++) {
        Pid pid = take(reborn);
        if (pid == null) {
          break;
        }
        restarted += kind.fill(pid) ? 1 : 0;
        Events.flush(PATIENCE); // before the heap is filled again
        wedged += answers(bystander) ? 0 : 1;
      }
      OUT.println(kind + " was ended and begun again " + (take(reborn) == null ? 0 : restarted));
      supervisor.stop();
    }
    OUT.println("bystander silent " + wedged);
    OUT.println(Events.flush(PATIENCE) ? "reports " + reports : "reports are late");
  }

  private static Pid take(LinkedBlockingQueue<Pid> reborn) {
    try {
      return reborn.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean answers(ServerRef<PuppetServer> server) {
    try {
      return server.call(PuppetServer.question("well?"), PATIENCE) != null;
    } catch (CallException.Timeout e) {
      return false;
    }
  }

  /** What holds all of the heap dies with the process that holds it. */
  private static List<Object> grow() {
    var all = new ArrayList<Object>();
    IntUnaryOperator more =
        size -> {
          all.add(new byte[size]);
          return size;
        };
    while (true) {
      more.applyAsInt(100_000);
    }
  }

  /** A kind of process that fills the heap. */
  private enum Victim {
    PLAIN,
    DIRECT,
    BOUNDED,
    RAW;

    Child<?> child(LinkedBlockingQueue<Pid> reborn) {
      if (this == RAW) {
        return Processes.of(
            () -> {
              reborn.add(Self.pid());
              Self.receive();
              grow();
            });
      }
      var server =
          GenServer.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () -> {
                            reborn.add(Self.pid());
                            return Init.ok(List.of());
                          }));
      return switch (this) {
        case DIRECT -> server.direct();
        case BOUNDED -> server.mailbox(5, Overflow.DROP_OLDEST);
        default -> server;
      };
    }

    /** Lets it fill the heap; whether it died of it. */
    boolean fill(Pid pid) {
      var monitor = Self.monitor(pid);
      if (this == RAW) {
        pid.send("go");
      } else {
        pid.send(PuppetServer.step(heard -> Next.noReply(grow())));
      }
      return Self.receive(Down.class, down -> down.ref() == monitor, PATIENCE).isPresent();
    }
  }
}
