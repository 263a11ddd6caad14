package dev.ostler.bench;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** The neighbour from Pekko typed: the same counter, and what starts it. Any thread may use it. */
final class Pekko implements AutoCloseable {
  sealed interface Command {}

  record Increment(ActorRef<Integer> replyTo) implements Command {}

  enum Tick implements Command {
    TICK
  }

  /** What two players send each other. */
  sealed interface Ball {}

  record Play(int trips, ActorRef<Ball> other, CountDownLatch done) implements Ball {}

  record Ping(ActorRef<Ball> from) implements Ball {}

  enum Pong implements Ball {
    PONG
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final AtomicInteger names = new AtomicInteger();
  private final ActorSystem<Void> system =
      ActorSystem.create(
          Behaviors.empty(),
          "bench",
          ConfigFactory.parseString("pekko { loglevel = OFF, log-dead-letters = off }")
              .withFallback(ConfigFactory.load()));

  /** A counter; its state is in its behaviour. */
  static Behavior<Command> counter() {
    return Behaviors.receiveMessage(new Counting()::receive);
  }

  ActorRef<Command> startCounter() {
    return start(counter());
  }

  <M> ActorRef<M> start(Behavior<M> behavior) {
    return system.systemActorOf(behavior, "a" + names.incrementAndGet(), Props.empty());
  }

  int increment(ActorRef<Command> counter) {
    return AskPattern.ask(counter, Increment::new, TIMEOUT, system.scheduler())
        .toCompletableFuture()
        .join();
  }

  /** A counter that ends with its first answer. */
  static Behavior<Command> once() {
    return Behaviors.receiveMessage(
        command -> {
          new Counting().receive(command);
          return Behaviors.stopped();
        });
  }

  /** An actor that starts {@code count} children, each of which answers before the next starts. */
  static Behavior<Integer> starter(
      int count, Supplier<Behavior<Command>> child, CountDownLatch done, CountDownLatch gone) {
    return Behaviors.setup(context -> new Starter(context, count, child, done, gone));
  }

  /** An actor that answers a ping, and plays if told to. */
  static Behavior<Ball> player() {
    return Behaviors.setup(
        context -> Behaviors.receiveMessage(new Player(context.getSelf())::receive));
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private static final class Counting {
    private int count;

    Behavior<Command> receive(Command command) {
      switch (command) {
        case Increment(var replyTo) -> replyTo.tell(++count);
        case Tick.TICK -> count++;
      }
      return Behaviors.same();
    }
  }

  private static final class Player {
    private final Ping ping;
    private Play play;
    private int left;

    Player(ActorRef<Ball> self) {
      this.ping = new Ping(self);
    }

    Behavior<Ball> receive(Ball ball) {
      switch (ball) {
        case Ping(var from) -> from.tell(Pong.PONG);
        case Pong.PONG -> serve();
        case Play p -> {
          play = p;
          left = p.trips();
          serve();
        }
      }
      return Behaviors.same();
    }

    private void serve() {
      if (left-- == 0) {
        play.done().countDown();
      } else {
        play.other().tell(ping);
      }
    }
  }

  /**
   * Its message is a child's first answer, or 0 to begin; a negative one ends it, its children
   * first.
   */
  private static final class Starter extends AbstractBehavior<Integer> {
    private final Supplier<Behavior<Command>> child;
    private final CountDownLatch done;
    private final CountDownLatch gone;
    private int left;

    Starter(
        ActorContext<Integer> context,
        int count,
        Supplier<Behavior<Command>> child,
        CountDownLatch done,
        CountDownLatch gone) {
      super(context);
      this.left = count;
      this.child = child;
      this.done = done;
      this.gone = gone;
    }

    @Override
    public Receive<Integer> createReceive() {
      return newReceiveBuilder()
          .onMessage(Integer.class, this::next)
          .onSignal(
              PostStop.class,
              signal -> {
                gone.countDown();
                return this;
              })
          .build();
    }

    private Behavior<Integer> next(int answer) {
      if (answer < 0) {
        return Behaviors.stopped();
      }
      if (left-- == 0) {
        done.countDown();
      } else {
        getContext().spawnAnonymous(child.get()).tell(new Increment(getContext().getSelf()));
      }
      return this;
    }
  }
}
