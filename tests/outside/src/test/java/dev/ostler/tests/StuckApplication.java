package dev.ostler.tests;

import dev.ostler.Application;
import dev.ostler.Child;
import dev.ostler.ChildSpec;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A program whose application does not finish what it does when the JVM is to end; to be run in a
 * JVM of its own. Its tree is {@code a}, {@code b} and a child that is stuck; it says who stops.
 */
final class StuckApplication {
  /** What the last child does. Those that do not exit themselves wait for a SIGTERM. */
  enum Way {
    EXIT_IN_INIT,
    EXIT_IN_INIT_WITHIN_A_DEADLINE,
    EXIT_IN_INIT_OF_A_HELPER,
    EXIT_IN_STARTER,
    EXIT_IN_A_RESTART,
    EXIT_IN_A_DYNAMIC_START,
    EXIT_IN_CONTINUE,
    WAITS_IN_INIT,
    WAITS_IN_INIT_WITHIN_A_DEADLINE,
    IS_DEAF_IN_INIT,
    WAITS_IN_STARTER
  }

  static final int STATUS = 7;

  private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);
  private static final Duration LONG = Duration.ofHours(1);

  private StuckApplication() {}

  public static void main(String[] arguments) throws Exception {
    Way way = Way.valueOf(arguments[0]);
    Supervisor.Spec inner =
        Supervisor.of(Strategy.ONE_FOR_ONE).child(witness("b")).child(stuck(way));
    Application.start(
        "stuck",
        Application.Type.PERMANENT,
        Supervisor.of(Strategy.ONE_FOR_ONE).child(witness("a")).child(inner));
    new CountDownLatch(1).await();
  }

  private static Child<?> stuck(Way way) {
    return switch (way) {
      case EXIT_IN_INIT -> server(StuckApplication::exit);
      case EXIT_IN_INIT_WITHIN_A_DEADLINE -> server(StuckApplication::exit).startTimeout(LONG);
      case EXIT_IN_INIT_OF_A_HELPER -> server(() -> server(StuckApplication::exit).startLink());
      case EXIT_IN_STARTER ->
          ChildSpec.of(
              "starter",
              () -> {
                exit();
                throw new AssertionError("exit does not return");
              });
      case EXIT_IN_A_RESTART -> restarted();
      case EXIT_IN_A_DYNAMIC_START -> dynamic();
      case EXIT_IN_CONTINUE ->
          GenServer.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () ->
                              Init.<List<Object>>ok(List.of())
                                  .thenContinue(
                                      PuppetServer.step(
                                          heard -> {
                                            exit();
                                            return Next.noReply(heard);
                                          }))));
      case WAITS_IN_INIT -> server(StuckApplication::waitForEver);
      case WAITS_IN_INIT_WITHIN_A_DEADLINE ->
          server(StuckApplication::waitForEver).startTimeout(LONG);
      case IS_DEAF_IN_INIT -> server(StuckApplication::beDeaf);
      case WAITS_IN_STARTER ->
          ChildSpec.of(
              "starter",
              () -> {
                waitForEver();
                throw new AssertionError("nobody lets it go");
              });
    };
  }

  private static ServerChild<PuppetServer, ?> server(Processes.Body begin) {
    return GenServer.of(
        () ->
            new PuppetServer()
                .onInit(
                    () -> {
                      Self.trapExits(true);
                      begin.run();
                      return Init.ok(List.of());
                    }));
  }

  /** Crashes after its first start, and exits in the second. */
  private static Child<?> restarted() {
    var again = new AtomicBoolean();
    return server(
        () -> {
          if (again.getAndSet(true)) {
            exit();
          }
          Self.pid().send(PuppetServer.step(heard -> Next.stop(ExitReason.KILLED, heard)));
        });
  }

  /** A dynamic supervisor that is asked for a child by another process. */
  private static Child<?> dynamic() {
    Name<DynamicSupervisor> name = Name.unique("dynamic");
    return Supervisor.of(Strategy.ONE_FOR_ONE)
        .child(DynamicSupervisor.of().named(name))
        .child(
            server(
                () ->
                    Processes.spawn(
                        () ->
                            DynamicSupervisor.at(name)
                                .startChild(server(StuckApplication::exit)))));
  }

  private static void exit() throws IOException {
    say("stuck");
    System.exit(STATUS);
  }

  private static void waitForEver() throws Exception {
    say("stuck");
    new CountDownLatch(1).await();
  }

  private static void beDeaf() throws IOException {
    say("stuck");
    while (true) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        // It does not hear.
      }
    }
  }

  private static Child<?> witness(String name) {
    return GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          Self.trapExits(true);
                          return Init.ok(List.of());
                        })
                    .onTerminate((reason, heard) -> say(name + " " + reason)))
        .id(name);
  }

  private static void say(String line) throws IOException {
    OUT.write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
