package dev.ostler.tests;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.time.Duration;
import java.util.stream.Stream;

/** How tests wait for the end of a process. Used by the test's own process. */
final class Deaths {
  /** How long a test waits for what must come, before it fails. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private Deaths() {}

  /** Waits for the message of a monitor; why the process ended. */
  static ExitReason await(MonitorRef ref) {
    return Self.receive(Down.class, down -> down.ref() == ref, PATIENCE)
        .orElseThrow(() -> new AssertionError("nothing came from " + ref))
        .reason();
  }

  /** Runs a process to its end; why it ended. */
  static ExitReason of(Processes.Body body) {
    return await(Self.spawnMonitor(body).ref());
  }

  /** One reason of every kind that a process can end with. */
  static Stream<ExitReason> reasons() {
    return Stream.concat(Stream.of(ExitReason.NORMAL), reasonsThatTravel());
  }

  /** Of every kind, those that are only a reason, as a signal too. */
  static Stream<ExitReason> reasonsButKill() {
    return reasons().filter(reason -> !reason.equals(ExitReason.KILL));
  }

  /** Of every kind, those that end a linked process. */
  static Stream<ExitReason> reasonsThatTravel() {
    return Stream.of(
        ExitReason.SHUTDOWN,
        ExitReason.shutdown("for lunch"),
        ExitReason.KILL,
        ExitReason.KILLED,
        ExitReason.NO_PROCESS,
        ExitReason.TIMEOUT,
        ExitReason.of("out of ideas"),
        new ExitReason.Crash(new IllegalStateException("broken")));
  }
}
