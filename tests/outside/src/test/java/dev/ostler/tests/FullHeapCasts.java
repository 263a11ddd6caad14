package dev.ostler.tests;

import dev.ostler.Events;
import dev.ostler.GenServer;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A program that casts to 2,000 idle servers while the heap is full, makes room, and says how many
 * of them never answered again. To be run in a JVM of its own, with a small heap.
 */
final class FullHeapCasts {
  private static final int SERVERS = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private FullHeapCasts() {}

  /** What fills the heap: each points to the one before it. */
  private static final class Filling {
    final Filling before;
    byte[] bytes;

    Filling(Filling before) {
      this.before = before;
    }
  }

  private static Filling filling;

  public static void main(String[] arguments) throws InterruptedException {
    Events.logging(false);
    List<ServerRef<PuppetServer>> servers = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      servers.add(GenServer.of(PuppetServer::new).start());
    }
    silent(servers); // all classes are there before the heap is full
    var cast = PuppetServer.tell("go", Next::noReply);
    fill();
    castToAll(servers, cast);
    filling = null;
    System.out.println(silent(servers) + " of 2,000 servers never answered");
    System.exit(0);
  }

  /** With ever smaller pieces, until there is no room for the smallest. */
  private static void fill() {
    for (int size = 64 * 1024; size >= 64; size /= 8) {
      try {
        while (true) {
          var next = new Filling(filling);
          next.bytes = new byte[size];
          filling = next;
        }
      } catch (OutOfMemoryError e) {
        // On with smaller ones.
      }
    }
  }

  private static void castToAll(List<ServerRef<PuppetServer>> servers, PuppetServer.Tell cast) {
    for (ServerRef<PuppetServer> server : servers) {
      try {
        server.cast(cast);
      } catch (OutOfMemoryError e) {
        // The caller's matter.
      }
    }
  }

  /** How many live and do not do what they are told. */
  private static long silent(List<ServerRef<PuppetServer>> servers) throws InterruptedException {
    var answers = new Semaphore(0);
    Set<Pid> answered = ConcurrentHashMap.newKeySet();
    for (ServerRef<PuppetServer> server : servers) {
      server.cast(
          PuppetServer.tell(
              "well?",
              heard -> {
                answered.add(server.pid());
                answers.release();
                return Next.noReply(heard);
              }));
    }
    int living = (int) servers.stream().filter(each -> each.pid().isAlive()).count();
    var _ = answers.tryAcquire(living, PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return servers.stream()
        .filter(each -> each.pid().isAlive() && !answered.contains(each.pid()))
        .count();
  }
}
