package dev.ostler.tests;

import dev.ostler.GenServer;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.function.Supplier;

/** The ways to run a server that must not make a difference to what it does. */
enum Kind {
  /** On threads of its own, begun on its starter's. */
  PLAIN,
  /** On its callers' threads. */
  DIRECT,
  /** Begun on a thread of its own, since it has a deadline. */
  DEADLINE;

  <P, T> ServerChild<P, T> of(ServerChild<P, T> child) {
    return switch (this) {
      case PLAIN -> child;
      case DIRECT -> child.direct();
      case DEADLINE -> child.startTimeout(Duration.ofMinutes(1));
    };
  }

  ServerChild<PuppetServer, ServerRef<PuppetServer>> of(Supplier<PuppetServer> puppet) {
    return of(GenServer.of(puppet));
  }

  ServerRef<PuppetServer> start() {
    return of(PuppetServer::new).start();
  }
}
