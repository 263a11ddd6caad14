package dev.ostler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The two things that {@link Scheduler} needs of the JDK and that the JDK keeps to itself: a
 * virtual thread with a scheduler of its own, and the platform thread that carries the current
 * thread.
 *
 * <p>They are there if {@code java.lang} is opened to this module, and if the JDK is one that has
 * them: JDK 25 does. Any thread may use this class.
 */
final class OpenedThreads {
  /** The option that opens {@code java.lang} to this module, or to the class path. */
  static final String OPTION =
      "--add-opens java.base/java.lang="
          + (OpenedThreads.class.getModule().isNamed() ? "dev.ostler" : "ALL-UNNAMED");

  private static final boolean OPEN =
      Thread.class.getModule().isOpen("java.lang", OpenedThreads.class.getModule());

  // Constants, so that the compiler sees through them.
  private static final @Nullable MethodHandle BUILDER = OPEN ? findBuilder() : null;
  private static final @Nullable MethodHandle CARRIER = OPEN ? findCarrier() : null;

  private static final @Nullable MethodHandle MOVER = OPEN ? findMover() : null;

  private OpenedThreads() {}

  /** Why the other methods cannot be used; null if they can. */
  static @Nullable String missing() {
    if (!OPEN) {
      return "start Java with " + OPTION;
    }
    return BUILDER == null || CARRIER == null ? "this version of Java has no access to them" : null;
  }

  /**
   * Lets the scheduler run the current thread, which is a virtual one of another scheduler, from
   * its next wait on; false if this cannot be.
   */
  static boolean moveTo(Executor scheduler) {
    if (MOVER == null) {
      return false;
    }
    try {
      MOVER.invokeExact(Thread.currentThread(), scheduler);
      return true;
    } catch (Throwable thrown) {
      throw unchecked(thrown);
    }
  }

  /** Makes virtual threads that run where the scheduler says. */
  static Thread.Builder.OfVirtual builder(Executor scheduler) {
    try {
      return (Thread.Builder.OfVirtual) Objects.requireNonNull(BUILDER).invokeExact(scheduler);
    } catch (Throwable thrown) {
      throw unchecked(thrown);
    }
  }

  /** The platform thread that runs the current thread, which may be a virtual one. */
  static Thread carrier() {
    try {
      return (Thread) Objects.requireNonNull(CARRIER).invokeExact();
    } catch (Throwable thrown) {
      throw unchecked(thrown);
    }
  }

  /**
   * Begins what the JDK begins with the first socket of a virtual thread: virtual threads of its
   * own. They are not to run on the runtime's scheduler, only because that socket is a process's.
   */
  static void beginPoller() {
    try {
      var _ = Class.forName("sun.nio.ch.Poller");
    } catch (ClassNotFoundException | LinkageError e) {
      // Then there is nothing to begin.
    }
  }

  private static RuntimeException unchecked(Throwable thrown) {
    if (thrown instanceof Error error) { // no memory
      throw error;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  private static @Nullable MethodHandle findBuilder() {
    try {
      Class<?> builder = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
      return MethodHandles.privateLookupIn(builder, MethodHandles.lookup())
          .findConstructor(builder, MethodType.methodType(void.class, Executor.class))
          .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /**
   * The scheduler of a virtual thread is a final field. The thread itself may write it, while it
   * runs: others read it only after the thread has parked, a volatile write. Later versions of Java
   * may forbid to write to final fields, and warn: there, threads stay where they are.
   */
  private static @Nullable MethodHandle findMover() {
    if (Runtime.version().feature() != 25) {
      return null;
    }
    try {
      Field scheduler = Class.forName("java.lang.VirtualThread").getDeclaredField("scheduler");
      scheduler.setAccessible(true);
      return MethodHandles.lookup()
          .unreflectSetter(scheduler)
          .asType(MethodType.methodType(void.class, Thread.class, Executor.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  private static @Nullable MethodHandle findCarrier() {
    try {
      return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
          .findStatic(Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
