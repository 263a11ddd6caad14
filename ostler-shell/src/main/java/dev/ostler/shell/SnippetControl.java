package dev.ostler.shell;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/** Runs compiled snippets in the shell's process. Used by the thread that compiles them. */
final class SnippetControl extends DirectExecutionControl {
  private final ShellProcess process;

  private SnippetControl(ShellProcess process) {
    this.process = process;
  }

  /** How JShell gets it. */
  static ExecutionControlProvider in(ShellProcess process) {
    return new ExecutionControlProvider() {
      @Override
      public String name() {
        return "process";
      }

      @Override
      public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
        return new SnippetControl(process);
      }
    };
  }

  @Override
  protected String invoke(Method snippet) throws Exception {
    try {
      return process.run(() -> call(snippet));
    } catch (ShellProcess.Ended e) {
      throw new UserException(e.getMessage(), e.getClass().getName(), new StackTraceElement[0]);
    }
  }

  /** In the process. The text of the value is made there, too: it is the user's code. */
  private String call(Method snippet) throws Exception {
    try {
      return super.invoke(snippet);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error end && Unwinding.is(end)) {
        throw end;
      }
      throw e;
    } catch (Exception | Error e) { // of toString
      throw new InvocationTargetException(e);
    }
  }
}
