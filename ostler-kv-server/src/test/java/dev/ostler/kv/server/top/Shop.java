package dev.ostler.kv.server.top;

import dev.ostler.Agent;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.observer.Observer;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** A program with an observer: carts and a till, in whose mailboxes messages wait. One thread. */
final class Shop implements AutoCloseable {
  static final String TOKEN = "0123456789abcdef";

  private final CountDownLatch over = new CountDownLatch(1);
  final Observer observer = Observer.on(0).name("shop").token(TOKEN).serve();
  final Pid cart = waiting("cart", 7);
  final Pid till = waiting("till", 3);
  final Agent<String> stock =
      Agent.<String>of(() -> "eggs\u001b[2J and milk").label("stock").start();

  private Pid waiting(String label, int messages) {
    Pid pid =
        Processes.spawn(
            label,
            () -> {
              over.await();
            });
    send(pid, messages);
    return pid;
  }

  void send(Pid pid, int messages) {
    IntStream.range(0, messages).forEach(pid::send);
  }

  /** A new process, with no messages. */
  Pid add(String label) {
    return waiting(label, 0);
  }

  URI address() {
    return observer.uri();
  }

  ObserverClient client() {
    return new ObserverClient(address(), Optional.empty());
  }

  @Override
  public void close() {
    over.countDown();
    stock.stop();
    observer.close();
  }
}
