package dev.ostler.tests;

import dev.ostler.CallException;
import dev.ostler.Events;
import dev.ostler.GenServer;
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
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntUnaryOperator;

/**
 * A program that lets processes meet a full heap, and says who came out of it; to be run in a JVM
 * of its own, with a small heap.
 *
 * <p>{@code idle}: sends to 2,000 idle servers while the heap is full. {@code greedy}: lets a
 * supervised process of each kind fill the heap, 20 times.
 */
final class FullHeap {
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int[] SIZES = {1 << 20, 1 << 16, 1 << 10, 0};
  private static final int TIMES = 20;
  private static final int SERVERS = 2_000;

  private static final Object NOTHING = "nothing";

  /** What fills the heap, kept from the collector. */
  private static volatile Object hog = NOTHING;

  private static final Object[] PIECES = new Object[SERVERS];

  private FullHeap() {}

  public static void main(String[] arguments) throws IOException {
    Events.logging(false);
    try {
      run(arguments[0]);
    } catch (Throwable thrown) {
      hog = NOTHING; // else there is no memory to say so
      thrown.printStackTrace(OUT);
    }
    System.exit(0);
  }

  private static void run(String what) {
    switch (what) {
      case "idle" -> idle();
      case "greedy" -> greedy();
      default -> throw new IllegalArgumentException(what);
    }
  }

  // --- Who is sent to ---

  private static void idle() {
    var servers = new ArrayList<ServerRef<PuppetServer>>();
    for (int i = 0; i < SERVERS; i++) {
      servers.add(GenServer.of(PuppetServer::new).start());
    }
    var tell = PuppetServer.note("while it was full");
    servers.forEach(each -> each.cast(tell)); // all classes are there from now on
    servers.forEach(FullHeap::answers);
    for (int i = 0; i < PIECES.length; i++) {
      PIECES[i] = new byte[i % 32 * 32];
    }
    int refused = 0;
    fill();
    for (int i = 0; i < PIECES.length; i++) {
      PIECES[i] = NOTHING; // now there is room for the message, now for a part of a thread, too
      try {
        servers.get(i).cast(tell);
      } catch (OutOfMemoryError e) {
        refused++;
      }
      fill(); // what the last one gave back
    }
    hog = NOTHING;
    int silent = 0;
    for (ServerRef<PuppetServer> each : servers) {
      try {
        each.call(PuppetServer.question("well?"), silent < 10 ? PATIENCE : Duration.ofMillis(10));
      } catch (CallException.Timeout e) {
        silent++;
      } catch (CallException e) {
        refused += 0; // it ended, and says so
      }
    }
    OUT.println("refused " + refused + " casts");
    OUT.println(silent + " of " + SERVERS + " servers never answered again");
  }

  private static void fill() {
    for (int size : SIZES) {
      try {
        while (true) {
          hog = size == 0 ? new Object[] {hog} : new Object[] {hog, new byte[size]};
        }
      } catch (OutOfMemoryError e) {
        // Smaller PIECES still fit.
      }
    }
  }

  // --- Who fills it ---

  private static void greedy() {
    Processes.attach();
    var bystander = GenServer.of(PuppetServer::new).start();
    int wedged = 0;
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
        wedged += answers(bystander) ? 0 : 1;
      }
      OUT.println(kind + " was ended and begun again " + (take(reborn) == null ? 0 : restarted));
      supervisor.stop();
    }
    OUT.println("bystander silent " + wedged);
  }

  private static Pid take(LinkedBlockingQueue<Pid> reborn) {
    try {
      return reborn.poll(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
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

    dev.ostler.Child<?> child(LinkedBlockingQueue<Pid> reborn) {
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
                            return dev.ostler.Init.ok(List.of());
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
      return Self.receive(dev.ostler.Down.class, down -> down.ref() == monitor, PATIENCE)
          .isPresent();
    }
  }
}
