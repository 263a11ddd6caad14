package dev.ostler.tests;

import dev.ostler.Processes;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A program that deploys an application again and again, as an application server does, and prints
 * how many class loaders are left. Run it with {@code -XX:SoftRefLRUPolicyMSPerMB=0}: the JDK keeps
 * classes by soft references in caches of method handles.
 */
final class Redeployment {
  private static final int TIMES = 20;
  private static final int ROUNDS = 50;
  private static final int MILLIS = 100;
  private static final ReferenceQueue<ClassLoader> QUEUE = new ReferenceQueue<>();

  private Redeployment() {}

  public static void main(String[] arguments) throws Exception {
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    int ended = 0;
    try (var container = new Container()) {
      for (int i = 0; i < TIMES; i++) {
        ended += deploy(container, loaders) ? 1 : 0;
      }
      long left = left(loaders);
      System.out.println(
          TIMES + " deployments, " + ended + " ended, " + left + " class loaders left");
      if (left > 0) {
        Thread.getAllStackTraces().keySet().forEach(each -> System.out.println("lives: " + each));
      }
    }
  }

  /** Threads that were told to end may be about to: the collector gets some rounds. */
  private static long left(List<WeakReference<ClassLoader>> loaders) throws InterruptedException {
    long left = TIMES;
    for (int round = 0; left > 0 && round < ROUNDS; round++) {
      System.gc();
      QUEUE.remove(MILLIS);
      left = loaders.stream().filter(each -> !each.refersTo(null)).count();
    }
    return left;
  }

  /** Three threads that outlive each application. */
  private record Container(ExecutorService one, ExecutorService two, ExecutorService main)
      implements AutoCloseable {
    Container() {
      this(
          Executors.newSingleThreadExecutor(),
          Executors.newSingleThreadExecutor(),
          Executors.newSingleThreadExecutor());
    }

    @Override
    public void close() {
      one.close();
      two.close();
      main.close();
    }
  }

  /** Runs the application on the container's threads; nothing of it stays on the stack. */
  private static boolean deploy(Container container, List<WeakReference<ClassLoader>> loaders)
      throws Exception {
    try (var loader = new URLClassLoader(classes(), ClassLoader.getPlatformClassLoader())) {
      loaders.add(new WeakReference<>(loader, QUEUE));
      return run(container.one, loader, Redeployed.Forgetful.class)
          && run(container.two, loader, Redeployed.Forgetful.class)
          && run(container.main, loader, Redeployed.class);
    }
  }

  @SuppressWarnings("unchecked")
  private static boolean run(ExecutorService thread, ClassLoader loader, Class<?> part)
      throws ReflectiveOperationException, InterruptedException, ExecutionException {
    Class<?> copy = loader.loadClass(part.getName());
    return thread.submit((Callable<Boolean>) copy.getConstructor().newInstance()).get();
  }

  /** A copy of the library, and of this package. */
  private static URL[] classes() {
    return Stream.of(Processes.class, Redeployment.class)
        .map(each -> each.getProtectionDomain().getCodeSource().getLocation())
        .toArray(URL[]::new);
  }
}
