package dev.ostler.tests;

import dev.ostler.Child;
import dev.ostler.ChildSpec;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.SupervisorReport;
import java.util.List;

/** What tests of supervisors start and ask. */
final class Supervisions {
  private Supervisions() {}

  /** Told to who made a child: that a supervisor starts it now. */
  record Started(Pid by) {}

  /** A child that tells the calling process who starts it. */
  static <T> ChildSpec<T> tell(Child<T> child) {
    Pid test = Self.pid();
    ChildSpec<T> spec = child.spec();
    return new ChildSpec<>(
        spec.id(),
        () -> {
          test.send(new Started(Self.pid()));
          return spec.starter().call();
        },
        spec.restart(),
        spec.shutdown(),
        spec.kind(),
        spec.significant(),
        spec.backoff());
  }

  /** A child whose starter throws. */
  static ChildSpec<Pid> throwing(Object id, Throwable thrown) {
    return ChildSpec.of(
        id,
        () -> {
          if (thrown instanceof Error error) {
            throw error;
          }
          throw (Exception) thrown;
        });
  }

  /** A server whose last words are the test's. */
  static ServerChild<PuppetServer, ServerRef<PuppetServer>> lingering(Processes.Body words) {
    return GenServer.of(
        () ->
            new PuppetServer()
                .onInit(
                    () -> {
                      Self.trapExits(true);
                      return Init.ok(List.of());
                    })
                .onTerminate((reason, heard) -> words.run()));
  }

  static List<SupervisorReport> about(Reports reports, Pid supervisor) {
    return reports.about(supervisor).stream()
        .filter(SupervisorReport.class::isInstance)
        .map(SupervisorReport.class::cast)
        .toList();
  }

  static List<SupervisorReport.Kind> kinds(Reports reports, Pid supervisor) {
    return about(reports, supervisor).stream().map(SupervisorReport::kind).toList();
  }
}
