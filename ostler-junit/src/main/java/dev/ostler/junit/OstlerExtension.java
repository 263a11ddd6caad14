package dev.ostler.junit;

import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;

/**
 * Runs each test method as a process of its own, killed with all it started when it ends.
 *
 * <p>Tests may run in parallel: each sees its own process only. A test whose process was ended, by
 * a link or a signal, fails. A test method may take a {@link Supervised} parameter; the time for
 * its children to stop, 30 seconds, is JUnit's configuration parameter {@value #STOP_TIMEOUT}, in
 * milliseconds. It may also take a {@link ManualClock}: the test, and all it starts from then on,
 * go by that. Before a test that takes too long is interrupted, all processes and threads are
 * written to the {@link System.Logger} {@code dev.ostler.junit}.
 */
public final class OstlerExtension
    implements BeforeEachCallback, AfterEachCallback, ParameterResolver, PreInterruptCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(OstlerExtension.class);
  private static final System.Logger LOG = System.getLogger("dev.ostler.junit");
  private static final String STOP_TIMEOUT = "dev.ostler.junit.stopTimeoutMillis";
  private static final long DEFAULT_STOP_TIMEOUT = 30_000;

  /** Made by JUnit. */
  public OstlerExtension() {}

  /** What one test has. */
  private static final class Running {
    final Pid test = Processes.attach();
    private @Nullable TestSupervisor supervisor;
    private @Nullable ManualClock clock;

    /** Begins with the first child, so that it goes by the clock of the test. */
    TestSupervisor supervisor() {
      if (supervisor == null) {
        supervisor = new TestSupervisor();
      }
      return supervisor;
    }

    ManualClock clock() {
      if (clock == null) {
        clock = ManualClock.install();
      }
      return clock;
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put(Running.class, new Running());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Running running = context.getStore(NAMESPACE).remove(Running.class, Running.class);
    if (running == null) {
      return;
    }
    String ended = endedBy();
    Processes.detach();
    try {
      if (running.supervisor != null) {
        running.supervisor.stopAll(stopTimeout(context));
      }
    } finally {
      killAllStartedBy(running.test);
    }
    if (!ended.isEmpty()) {
      throw new AssertionError("the test's own process was ended: " + ended);
    }
  }

  private static Duration stopTimeout(ExtensionContext context) {
    return Duration.ofMillis(
        context
            .getConfigurationParameter(STOP_TIMEOUT, Long::parseLong)
            .orElse(DEFAULT_STOP_TIMEOUT));
  }

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext context) {
    LOG.log(
        Level.ERROR,
        () -> context.getDisplayName() + " took too long\n" + HangReport.ofEverything());
  }

  /** Why the test's process is dead; empty if it lives. */
  private static String endedBy() {
    try {
      Self.pid();
      return "";
    } catch (Error dead) {
      return String.valueOf(dead.getMessage());
    }
  }

  private static void killAllStartedBy(Pid test) {
    List<Pid> left;
    do { // who is killed may have been starting another; each round leaves fewer to do so
      left = Processes.list().stream().filter(pid -> isStartedBy(test, pid)).toList();
      left.forEach(pid -> pid.exit(ExitReason.KILL));
    } while (!left.isEmpty());
  }

  private static boolean isStartedBy(Pid test, Pid pid) {
    return Processes.info(pid).map(info -> info.ancestors().contains(test)).orElse(false);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Supervised.class || type == ManualClock.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    Running running = context.getStore(NAMESPACE).get(Running.class, Running.class);
    if (running == null) {
      throw new IllegalStateException(
          type.getSimpleName() + " is for test methods and @BeforeEach methods");
    }
    return type == ManualClock.class
        ? running.clock()
        : new Supervised(running::supervisor, running.test);
  }
}
