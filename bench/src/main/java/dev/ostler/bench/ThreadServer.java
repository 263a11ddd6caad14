package dev.ostler.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The neighbour from the JDK: a counter that owns a virtual thread and a queue, and answers with
 * futures. What one writes without a library; it has no deadline, no monitor, no crash report.
 */
final class ThreadServer {
  private sealed interface Message {}

  private record Increment(CompletableFuture<Integer> reply) implements Message {}

  private enum Order implements Message {
    TICK,
    STOP
  }

  private final LinkedBlockingQueue<Message> mailbox = new LinkedBlockingQueue<>();

  private ThreadServer() {}

  static ThreadServer start() {
    var server = new ThreadServer();
    Thread.startVirtualThread(server::run);
    return server;
  }

  int increment() {
    var reply = new CompletableFuture<Integer>();
    mailbox.add(new Increment(reply));
    return reply.join();
  }

  void tick() {
    mailbox.add(Order.TICK);
  }

  void stop() {
    mailbox.add(Order.STOP);
  }

  private void run() {
    int count = 0;
    try {
      while (true) {
        switch (mailbox.take()) {
          case Increment(var reply) -> reply.complete(++count);
          case Order.TICK -> count++;
          case Order.STOP -> {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
