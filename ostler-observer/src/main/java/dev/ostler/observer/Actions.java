package dev.ostler.observer;

import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Sys;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What can be done to a process. Whoever asks has shown the token; each action is logged, with the
 * address of who asked. Any thread.
 */
final class Actions {
  private static final Logger LOG = System.getLogger("dev.ostler.observer");
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * Does something to a process.
   *
   * @param from the address of who asks, for the log
   */
  Map<String, Object> act(String action, Pid pid, String from) {
    String whom = pid + " (" + Inspection.label(pid) + ")";
    LOG.log(Level.INFO, "observer: {0} of {1}, asked for by {2}", action, whom, from);
    String done =
        switch (action) {
          case "suspend" -> suspend(pid, whom);
          case "resume" -> resume(pid, whom);
          case "kill" -> kill(pid, whom);
          case "restart" -> restart(pid, whom);
          default ->
              throw new Refusal(
                  404, "expected suspend, resume, trace, kill or restart, and found " + action);
        };
    return Json.object("done", done);
  }

  private static void checkServer(Pid pid, String whom) {
    if (Inspection.kind(pid) == Inspection.Kind.PROCESS) {
      throw new Refusal(409, whom + " is a raw process, which answers no such request");
    }
  }

  private static String suspend(Pid pid, String whom) {
    checkServer(pid, whom);
    Sys.suspend(pid, PATIENCE);
    return whom + " is suspended";
  }

  private static String resume(Pid pid, String whom) {
    checkServer(pid, whom);
    Sys.resume(pid, PATIENCE);
    return whom + " goes on";
  }

  private static String kill(Pid pid, String whom) {
    pid.exit(ExitReason.KILL);
    return whom + " is dead";
  }

  private static String restart(Pid pid, String whom) {
    Pid supervisor =
        Processes.info(pid)
            .flatMap(ProcessInfo::supervisor)
            .filter(Pid::isAlive)
            .orElseThrow(
                () -> new Refusal(409, whom + " has no supervisor that would start it again"));
    Inspection.Supervised child =
        Inspection.supervised(supervisor, List.of(pid), PATIENCE).get(pid);
    if (child == null || child.restart() == Restart.TEMPORARY) {
      throw new Refusal(409, whom + " is a child that its supervisor does not start again");
    }
    pid.exit(ExitReason.KILL); // counts as a restart, like a crash
    return whom + " is dead, and its supervisor " + supervisor + " starts it again";
  }
}
