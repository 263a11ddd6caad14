package dev.ostler.shell;

import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * What can be typed in the shell without naming a class: {@code self()}, {@code flush()} and
 * others.
 *
 * <p>Any thread may use them, except that {@link #self} and {@link #flush} need a process. What
 * they print appears in the shell whose process uses them, above the line that is being typed, and
 * otherwise on the standard output.
 */
public final class Commands {
  private static final int MOST_TEXT = 1_000;

  private Commands() {}

  /** The process that runs what is typed. */
  public static Pid self() {
    return Self.pid();
  }

  /** Takes all messages out of the mailbox of this process, and prints them. */
  public static void flush() {
    List<Object> messages = Self.flush();
    messages.forEach(message -> print(Inspection.text(message, MOST_TEXT).text()));
  }

  /**
   * The living process whose pid is printed with this number: {@code pid(7)} is {@code <0.7>}.
   *
   * @throws NoSuchElementException if there is none
   */
  public static Pid pid(long id) {
    return Inspection.find(id)
        .orElseThrow(() -> new NoSuchElementException("no process <0." + id + "> lives"));
  }

  /** Prints a line about each living process, oldest first. */
  public static void i() {
    print(ProcessTexts.table(Processes.list()));
  }

  /** Prints what can be told about a process; of a server, its state, too. */
  public static void i(Pid pid) {
    print(
        Processes.info(pid)
            .map(ProcessTexts::details)
            .orElse(pid + " (" + pid.label() + ") has ended"));
  }

  /** As {@link Processes#info}, as a value. */
  public static ProcessInfo info(Pid pid) {
    return Processes.info(pid)
        .orElseThrow(() -> new NoSuchElementException(pid + " (" + pid.label() + ") has ended"));
  }

  /** Prints all living processes, each below the one that started it. */
  public static void tree() {
    print(ProcessTexts.tree(Processes.list()));
  }

  /** Prints a process and those below it. */
  public static void tree(Pid root) {
    print(ProcessTexts.tree(root, Processes.list()));
  }

  /**
   * Prints all that a server does from now on: what it takes, answers, and holds then. It ends with
   * the shell.
   */
  public static void trace(Pid server) {
    Session session = Session.current();
    Sys.trace(server, line -> session.tell(PlainText.of(line)));
  }

  /** Ends what {@link #trace} began. */
  public static void noTrace(Pid server) {
    Sys.noTrace(server);
  }

  /**
   * Prints the text of a value. In a shell that is attached to a program this is not the standard
   * output, which is the program's.
   */
  public static void print(Object value) {
    Session.current().print(PlainText.of(String.valueOf(value)));
  }

  /**
   * The value that the program gives to the shell by this name.
   *
   * @throws NoSuchElementException if it gives none
   */
  public static Object given(String name) {
    return Session.current().given(name);
  }
}
