package dev.ostler.tests;

import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** What a program prints that runs in this JVM. One at a time. */
final class Printed {
  private Printed() {}

  /**
   * Runs the static method on a thread of its own, and ends all processes that it has left.
   *
   * @param name of a method without parameters
   */
  static String by(Class<?> program, String name) throws Exception {
    Method main = program.getDeclaredMethod(name);
    main.setAccessible(true);
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    Set<Pid> others = new HashSet<>(Processes.list());
    boolean logged = Events.logging(false); // the crashes in a program are meant
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      run(main);
    } finally {
      System.setOut(before);
      endAllBut(others);
      Events.logging(logged);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void run(Method main) throws Exception {
    var task =
        new FutureTask<Void>(
            () -> {
              main.invoke(null);
              return null;
            });
    Thread.ofPlatform().name("main").start(task);
    try {
      task.get();
    } catch (ExecutionException e) {
      throw new AssertionError("the program failed", e.getCause());
    }
  }

  private static void endAllBut(Set<Pid> others) {
    List<Pid> left;
    do { // a supervisor may just have started another one; each round leaves fewer
      left = Processes.list().stream().filter(pid -> !others.contains(pid)).toList();
      left.forEach(pid -> pid.exit(ExitReason.KILL));
    } while (!left.isEmpty());
  }

  /** Without what differs from run to run. */
  static String comparable(String text) {
    return text.replaceAll("<0\\.\\d+>", "<0.N>").replaceAll("\\d+ ms", "N ms").strip();
  }
}
