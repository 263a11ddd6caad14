package dev.ostler.tests;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.List;

/** How processes ended, as monitors tell it: waited for by the test's process. */
final class Downs {
  static final Duration LONG = Duration.ofSeconds(60);

  private Downs() {}

  /** Waits for the end of a monitored process. */
  static ExitReason reason(MonitorRef ref) {
    return Self.receive(Down.class, down -> down.ref().equals(ref), LONG).orElseThrow().reason();
  }

  /** Runs the body as a process of its own, and waits for its end. */
  static ExitReason of(Processes.Body body) {
    return reason(Self.spawnMonitor(body).ref());
  }

  /** What a puppet that monitored the process heard of its end. */
  static List<ExitReason> heardBy(ServerRef<PuppetServer> watcher, Pid pid) {
    return watcher.call(PuppetServer.heard()).stream()
        .filter(message -> message instanceof Down down && down.pid().equals(pid))
        .map(message -> ((Down) message).reason())
        .toList();
  }
}
