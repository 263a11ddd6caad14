package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;

/**
 * 100,000 servers, or as many as it is told, that end while an idle timeout of 30 minutes is set;
 * prints how many bytes each leaves behind. To be run in a JVM of its own.
 */
final class EndedWithTimers {
  private EndedWithTimers() {}

  private static final class Idle implements GenServer<String, Call<Idle, ?>, Cast<Idle>> {
    @Override
    public Init<String> init() {
      return Init.ok("idle").withTimeout(Duration.ofMinutes(30));
    }
  }

  public static void main(String[] arguments) {
    int count = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    end(1_000);
    long before = used();
    end(count);
    System.out.println((used() - before) / count);
  }

  private static void end(int count) {
    var living = new ArrayList<Pid>();
    for (int i = 0; i < count; i++) {
      ServerRef<Idle> server = GenServer.of(Idle::new).start();
      living.add(server.pid());
    }
    living.forEach(pid -> pid.exit(ExitReason.KILL));
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
