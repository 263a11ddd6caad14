package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.junit.OstlerExtension;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that sends, calls or stops with hardly any stack left harms nobody but itself. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource
class EndOfStackTest {
  /** The stack ends elsewhere in each; more with {@code -Ddev.ostler.rounds=20}. */
  private static final int ROUNDS = Integer.getInteger("dev.ostler.rounds", 1);

  /** The servers that are sent to, called and stopped. */
  enum Receiver {
    PLAIN,
    DIRECT,
    BOUNDED;

    ServerChild<PuppetServer, ServerRef<PuppetServer>> of(Supplier<PuppetServer> puppet) {
      var child = GenServer.of(puppet);
      return switch (this) {
        case PLAIN -> child;
        case DIRECT -> child.direct();
        case BOUNDED -> child.mailbox(CAPACITY, Overflow.DROP_OLDEST);
      };
    }

    ServerRef<PuppetServer> start() {
      return of(PuppetServer::new).start();
    }
  }

  private static final int CAPACITY = 10;

  @Parameter Receiver receiver;

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server = receiver.start();
  }

  private static void assertWell(ServerRef<PuppetServer> puppet) {
    assertThat(puppet.call(PuppetServer.question("well?"), Downs.LONG)).isEqualTo("well?");
  }

  // A thread whose stack is too short to wait has sent its request already: there are thousands.
  private static PuppetServer.Ask<String> shortQuestion() {
    return PuppetServer.ask("go", (ask, from, heard) -> ask.reply("gone", heard));
  }

  // The stack ends somewhere in the runtime, first here, then there: who was sent to is well.
  @Test
  void of_who_sends_leaves_the_receiver_well() {
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(
              Downs.of(
                  () ->
                      atTheEndOfTheStack(
                          () -> server.cast(PuppetServer.tell("go", Next::noReply)))))
          .isEqualTo(ExitReason.NORMAL);
      assertWell(server);
    }
  }

  @Test
  void of_who_calls_leaves_the_server_well() {
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(Downs.of(() -> atTheEndOfTheStack(() -> server.call(shortQuestion(), Downs.LONG))))
          .isEqualTo(ExitReason.NORMAL);
      assertWell(server);
    }
  }

  @Test
  void of_who_stops_it_lets_it_stop() {
    for (int round = 0; round < ROUNDS; round++) {
      ServerRef<PuppetServer> stopped = receiver.start();
      var monitor = Self.monitor(stopped.pid());
      Downs.of(() -> catchThrowable(() -> atTheEndOfTheStack(stopped::stop)));
      assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.NORMAL);
    }
  }

  // Wherever the stack ends: a callback that has thrown is the last of its server.
  @Test
  void of_who_calls_does_not_keep_a_server_alive_that_crashes() {
    for (int round = 0; round < ROUNDS; round++) {
      ServerRef<PuppetServer> crashing = receiver.start();
      var monitor = Self.monitor(crashing.pid());
      var crashes = new AtomicInteger();
      var crash =
          PuppetServer.tell(
              "crash",
              heard -> {
                crashes.incrementAndGet();
                throw new IllegalStateException("broken");
              });
      Downs.of(() -> atTheEndOfTheStack(() -> crashing.cast(crash)));
      Downs.reason(monitor);
      assertThat(crashes).hasValue(1);
    }
  }

  @Test
  void of_who_starts_a_server_that_fails_leaves_nothing_of_it() {
    for (int round = 0; round < ROUNDS; round++) {
      Name<PuppetServer> name = Name.unique("fails");
      var child =
          receiver
              .of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                throw new IllegalStateException("broken");
                              }))
              .named(name);
      var failed = new AtomicReference<StartException>();
      var ended =
          Downs.of(
              () ->
                  atTheEndOfTheStack(
                      () -> {
                        try {
                          child.start();
                        } catch (StartException e) {
                          failed.set(e);
                        }
                      }));
      assertThat(ended).isEqualTo(ExitReason.NORMAL);
      assertThat(failed.get()).isInstanceOf(StartException.Failed.class);
      assertThat(name.whereis()).isEmpty();
    }
  }

  /** Tries with ever more stack left, from none on, until it succeeds. */
  static boolean atTheEndOfTheStack(Runnable action) {
    boolean done = false;
    try {
      done = atTheEndOfTheStack(action);
    } catch (StackOverflowError e) {
      // There was too little left below.
    }
    if (!done) {
      action.run();
    }
    return true;
  }
}
