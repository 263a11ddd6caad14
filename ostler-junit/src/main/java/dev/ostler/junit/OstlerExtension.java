package dev.ostler.junit;

import dev.ostler.ManualClock;
import java.lang.System.Logger.Level;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test method as a process of its own, killed with all it started when it ends.
 *
 * <p>Tests and classes may run in parallel: each test sees its own process only. A test whose
 * process was ended, by a link or a signal, fails. With the failure of a test the crash reports of
 * the processes it started are shown, and of those that these started, and no others: as its
 * {@linkplain Throwable#getSuppressed suppressed} exceptions.
 *
 * <p>Methods may take a {@link Supervised} parameter; the time for its children to stop, 30
 * seconds, is JUnit's configuration parameter {@value #STOP_TIMEOUT}, in milliseconds. They may
 * also take a {@link ManualClock}: the test, and all it starts from then on, go by that.
 *
 * <p>What a class has in {@code @BeforeAll} and {@code @AfterAll} methods runs as another process,
 * on a thread of its own, and lives until all tests of the class are done. If it ends before, no
 * test of the class succeeds any more.
 *
 * <p>Before a test that takes too long is interrupted, all processes and threads are written to the
 * {@link System.Logger} {@code dev.ostler.junit}.
 */
public final class OstlerExtension
    implements BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        InvocationInterceptor,
        ParameterResolver,
        PreInterruptCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(OstlerExtension.class);
  private static final System.Logger LOG = System.getLogger("dev.ostler.junit");
  private static final String STOP_TIMEOUT = "dev.ostler.junit.stopTimeoutMillis";
  private static final long DEFAULT_STOP_TIMEOUT = 30_000;

  /** Made by JUnit. */
  public OstlerExtension() {}

  // --- One test ---

  @Override
  public void beforeEach(ExtensionContext context) throws InterruptedException {
    classesMustLive(context);
    context.getStore(NAMESPACE).put(Lifetime.class, new Lifetime("the test's"));
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    Lifetime test = context.getStore(NAMESPACE).remove(Lifetime.class, Lifetime.class);
    if (test == null) {
      return;
    }
    test.detach();
    conclude(test, test.end(stopTimeout(context)), context);
    classesMustLive(context);
  }

  private static Duration stopTimeout(ExtensionContext context) {
    return Duration.ofMillis(
        context
            .getConfigurationParameter(STOP_TIMEOUT, Long::parseLong)
            .orElse(DEFAULT_STOP_TIMEOUT));
  }

  /** Shows crashes with the first failure there is, and throws that of the end. */
  private static void conclude(
      Lifetime lifetime, Optional<Throwable> ofTheEnd, ExtensionContext context) throws Exception {
    lifetime.showCrashesIn(context.getExecutionException().or(() -> ofTheEnd));
    switch (ofTheEnd.orElse(null)) {
      case null -> {}
      case Exception e -> throw e;
      case Error e -> throw e;
      case Throwable odd -> throw new IllegalStateException(odd);
    }
  }

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext context) {
    LOG.log(
        Level.ERROR,
        () -> context.getDisplayName() + " took too long\n" + HangReport.ofEverything());
  }

  // --- All tests of a class ---

  @Override
  public void interceptBeforeAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    classProcess(context).run(invocation::proceed);
  }

  @Override
  public void interceptAfterAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    classProcess(context).run(invocation::proceed);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    ClassProcess process = context.getStore(NAMESPACE).remove(key(context), ClassProcess.class);
    if (process != null) {
      conclude(process.lifetime(), process.end(stopTimeout(context)), context);
    }
  }

  /** What the process of a class is found by: a nested class has one beside its outer class's. */
  private static Object key(ExtensionContext context) {
    return context.getUniqueId();
  }

  /** The process of a class, begun when it is first needed. */
  private static ClassProcess classProcess(ExtensionContext context) throws InterruptedException {
    ClassProcess process = existing(context);
    if (process == null) {
      process = new ClassProcess(context.getDisplayName());
      context.getStore(NAMESPACE).put(key(context), process);
    }
    return process;
  }

  private static @Nullable ClassProcess existing(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(key(context), ClassProcess.class);
  }

  /** Fails if the process of the test's class, or of one around it, is dead. */
  private static void classesMustLive(ExtensionContext context) throws InterruptedException {
    for (Optional<ExtensionContext> each = Optional.of(context);
        each.isPresent();
        each = each.get().getParent()) {
      ClassProcess process = existing(each.get());
      if (process != null) {
        process.mustLive();
      }
    }
  }

  // --- Parameters ---

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Supervised.class || type == ManualClock.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (parameter.getDeclaringExecutable() instanceof Constructor) {
      throw new IllegalStateException(
          type.getSimpleName() + " is for methods: when a test is made, its process has not begun");
    }
    Lifetime test = context.getStore(NAMESPACE).get(Lifetime.class, Lifetime.class);
    if (test != null) {
      return type == ManualClock.class ? test.clock() : new Supervised(test);
    }
    try {
      ClassProcess process = classProcess(context);
      return type == ManualClock.class
          ? process.ask(process.lifetime()::clock)
          : new Supervised(process.lifetime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the process of the class began", e);
    }
  }
}
