package dev.ostler.spring.boot;

import dev.ostler.CallException;
import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Supervisor;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the supervised beans run, and how often they were started again. Any thread may use it.
 *
 * <p>DOWN: the supervisor above the beans, or the store's, has given up. OUT_OF_SERVICE: a
 * permanent bean does not run just now, or the supervisor is busy starting one.
 */
final class SupervisedBeansHealth implements HealthIndicator {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final SupervisedBeans beans;

  SupervisedBeansHealth(SupervisedBeans beans) {
    this.beans = beans;
  }

  @Override
  public Health health() {
    Map<String, ExitReason> ended = beans.ended();
    Optional<Supervisor> supervisor = beans.running();
    if (!ended.isEmpty()) {
      Health.Builder down = Health.down();
      ended.forEach((what, reason) -> down.withDetail(what, "ended: " + reason));
      return down.build();
    }
    if (supervisor.isEmpty()) {
      return Health.outOfService().withDetail("beans", "not started").build();
    }
    try {
      return of(supervisor.get().pid());
    } catch (CallException e) {
      return Health.outOfService().withDetail("supervisor", "does not answer").build();
    }
  }

  private Health of(Pid supervisor) {
    Map<String, Pid> running = runningChildren(supervisor);
    Map<String, Object> details = new LinkedHashMap<>();
    boolean complete = true;
    for (ChildSpec<?> child : beans.started()) {
      String bean = child.id().toString();
      Pid pid = running.get(bean);
      if (pid != null) {
        details.put(bean, Map.of("running", true, "restarts", restarts(pid)));
      } else {
        details.put(bean, Map.of("running", false));
        complete &= child.restart() != Restart.PERMANENT;
      }
    }
    return (complete ? Health.up() : Health.outOfService()).withDetails(details).build();
  }

  private static Map<String, Pid> runningChildren(Pid supervisor) {
    var running = new HashMap<String, Pid>();
    Inspection.supervised(supervisor, links(supervisor), PATIENCE)
        .forEach((pid, child) -> running.put(child.id(), pid));
    return running;
  }

  /**
   * How often the processes of a tree were started again; those of a dynamic supervisor excepted.
   */
  private static int restarts(Pid top) {
    int restarts = Inspection.restarts(top);
    if (Inspection.kind(top) == Inspection.Kind.SUPERVISOR) {
      for (Pid linked : links(top)) {
        if (Inspection.parent(linked).equals(Optional.of(top))) {
          restarts += restarts(linked);
        }
      }
    }
    return restarts;
  }

  private static List<Pid> links(Pid pid) {
    return Processes.info(pid).map(ProcessInfo::links).orElse(List.of());
  }
}
