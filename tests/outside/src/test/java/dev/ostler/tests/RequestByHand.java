package dev.ostler.tests;

import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.time.Duration;

/**
 * A raw process that asks another by hand (monitor, send, receive by the reference), with an empty
 * mailbox and with 200,000 messages in it; prints how many microseconds a request takes. To be run
 * by hand.
 */
final class RequestByHand {
  private static final int BACKLOG = 200_000;
  private static final int REQUESTS = 2_000;

  private RequestByHand() {}

  private record Request(MonitorRef ref, Pid from) {}

  private record Answer(MonitorRef ref) {}

  public static void main(String[] arguments) {
    Processes.attach();
    Pid server =
        Processes.spawn(
            () -> {
              while (true) {
                Request request = Self.receive(Request.class);
                request.from().send(new Answer(request.ref()));
              }
            });
    for (int round = 0; round < 10; round++) {
      System.out.println("empty mailbox: " + ask(server) + " us");
    }
    for (int i = 0; i < BACKLOG; i++) {
      Self.pid().send(i);
    }
    System.out.println(BACKLOG + " messages, the first time: " + ask(server) + " us");
    for (int round = 0; round < 5; round++) {
      System.out.println(BACKLOG + " messages: " + ask(server) + " us");
    }
  }

  private static long ask(Pid server) {
    long start = System.nanoTime();
    for (int i = 0; i < REQUESTS; i++) {
      MonitorRef ref = Self.monitor(server);
      server.send(new Request(ref, Self.pid()));
      Self.receive(
              ref,
              Object.class,
              message -> message instanceof Answer answer && answer.ref() == ref,
              Duration.ofSeconds(5))
          .orElseThrow();
      Self.demonitor(ref, true);
    }
    return (System.nanoTime() - start) / REQUESTS / 1_000;
  }
}
