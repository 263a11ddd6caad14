package dev.ostler.spring.boot;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.ChildSpec;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Starts every bean of type {@link Child} under one supervisor, and stops them with the context.
 *
 * <p>The beans start in the order that {@code @Order} gives them, and stop backwards. All of them
 * start before the web server and listeners of messages do, and stop after these, because their
 * {@linkplain #PHASE phase} is lower. A bean that does not start fails the start of the context. A
 * bean whose process ends is started again as its {@link ChildSpec#restart} says. If the supervisor
 * gives up, the context's liveness becomes {@link LivenessState#BROKEN}.
 *
 * <p>A {@code Child} that is a part of another bean's tree must not be a bean itself: it would be
 * started twice. Any thread may use this class. A context that is stopped can be started again.
 */
public final class SupervisedBeans implements SmartLifecycle {
  /** The phase in which the beans start and stop. */
  public static final int PHASE = 0;

  private static final String SUPERVISOR = "supervisor";

  private final ApplicationContext context;
  private final String name;

  // Written by the thread that starts and stops the context.
  private volatile @Nullable Supervisor supervisor; // null: not running
  private volatile List<ChildSpec<?>> children = List.of();

  // Written by the processes that watch.
  private final Map<String, ExitReason> ended = new ConcurrentHashMap<>();

  SupervisedBeans(ApplicationContext context, String name) {
    this.context = context;
    this.name = name;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public boolean isRunning() {
    return supervisor != null;
  }

  /** Starts the beans; called by the context. */
  @Override
  public void start() {
    ended.remove(SUPERVISOR);
    children = children();
    Supervisor.Spec all = Supervisor.of(Strategy.ONE_FOR_ONE).label(name);
    for (ChildSpec<?> child : children) {
      all = all.child(child);
    }
    Supervisor started = all.start();
    supervisor = started;
    watch(SUPERVISOR, started.pid());
  }

  /** The beans in their order, each with its name as the id. */
  private List<ChildSpec<?>> children() {
    var names = new IdentityHashMap<Object, String>();
    context
        .getBeansOfType(Child.class, false, true)
        .forEach((bean, child) -> names.put(child, bean));
    var ordered = new ArrayList<ChildSpec<?>>();
    for (Child<?> child : context.getBeanProvider(Child.class).orderedStream().toList()) {
      String bean = names.get(child);
      if (bean != null) { // else it is of another scope, and belongs to whom asks for it
        ordered.add(child.spec().id(bean));
      }
    }
    return ordered;
  }

  /** Stops the beans, the last first, and returns when they have ended; called by the context. */
  @Override
  public void stop() {
    Supervisor running = supervisor;
    if (running == null) {
      return;
    }
    try {
      running.stop();
    } catch (CallException.Interrupted interrupted) {
      running.pid().exit(ExitReason.KILL);
      Thread.currentThread().interrupt();
    } catch (CallException e) {
      // It has ended already.
    }
    supervisor = null;
  }

  /**
   * As {@link #stop()}, without waiting: the context waits, as long as it does for each phase.
   *
   * @param callback runs when all have ended
   */
  @Override
  public void stop(Runnable callback) {
    Thread.ofVirtual()
        .name("ostler-spring-stop")
        .start(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            });
  }

  /**
   * The supervisor above the beans, to add children that are no beans.
   *
   * @throws IllegalStateException if the context has not started the beans, or has stopped them
   */
  public Supervisor supervisor() {
    Supervisor running = supervisor;
    if (running == null) {
      throw new IllegalStateException("the context has not started its supervised beans");
    }
    return running;
  }

  /** The supervisor above the beans, if they run. */
  Optional<Supervisor> running() {
    return Optional.ofNullable(supervisor);
  }

  /** The beans that were started. */
  List<ChildSpec<?>> started() {
    return children;
  }

  /** What has ended without being stopped, and why. */
  Map<String, ExitReason> ended() {
    return ended;
  }

  /** From now on, the context is broken if this process ends, unless it was stopped. */
  void watch(String what, Pid pid) {
    Processes.spawn(
        "watch of " + what,
        () -> {
          Self.monitor(pid);
          ExitReason reason = Self.receive(Down.class).reason();
          if (!reason.equals(ExitReason.NORMAL)) { // else somebody stopped it
            ended.put(what, reason);
            AvailabilityChangeEvent.publish(context, LivenessState.BROKEN);
          }
        });
  }
}
