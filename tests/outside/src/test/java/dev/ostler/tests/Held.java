package dev.ostler.tests;

import dev.ostler.Processes;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A puppet kept in a callback until it is let go, so that what is sent to it meanwhile waits.
 *
 * <p>Another process makes the call, so that a direct server does not hold up the test's thread.
 */
final class Held implements AutoCloseable {
  static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch let = new CountDownLatch(1);

  private final ServerRef<PuppetServer> puppet;

  private Held(ServerRef<PuppetServer> puppet) {
    this.puppet = puppet;
  }

  /** Holds it, once it gets to that. */
  static Held hold(ServerRef<PuppetServer> puppet) throws InterruptedException {
    return hold(puppet, (ask, from, heard) -> ask.reply("held", heard));
  }

  /** Holds it, and then lets it do this. */
  static Held hold(ServerRef<PuppetServer> puppet, PuppetServer.Answer<String> then)
      throws InterruptedException {
    var held = new Held(puppet);
    var hold =
        PuppetServer.<String>ask(
            "hold",
            (ask, from, heard) -> {
              held.begun.countDown();
              held.let.await();
              return then.to(ask, from, heard);
            });
    Processes.spawn("holder", () -> puppet.call(hold, FOREVER));
    held.begun.await();
    return held;
  }

  /** Waits until so many messages wait for it. */
  void awaitQueued(int count) {
    while (Processes.info(puppet.pid()).orElseThrow().queued() < count) {
      Thread.onSpinWait(); // ends with the test, at the latest
    }
  }

  void letGo() {
    let.countDown();
  }

  @Override
  public void close() {
    letGo();
  }
}
