package dev.ostler.tests;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Supervisor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * Children that write down when they start ({@code +a}) and when they are stopped ({@code -a}, with
 * the reason if it is none of a supervisor's), and that start as a test plans.
 */
final class Family {
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Map<String, Queue<Callable<Init<List<Object>>>>> plans = new ConcurrentHashMap<>();

  /** A child that traps exits, so that it has its say when it is told to stop. */
  ServerChild<PuppetServer, ServerRef<PuppetServer>> child(String id) {
    return GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(() -> begin(id))
                    .onTerminate((reason, heard) -> log.add(farewell(id, reason))))
        .id(id)
        .label(id);
  }

  private Init<List<Object>> begin(String id) throws Exception {
    log.add("+" + id);
    Self.trapExits(true);
    Callable<Init<List<Object>>> plan =
        plans.getOrDefault(id, new ConcurrentLinkedQueue<>()).poll();
    return plan == null ? Init.ok(List.of()) : plan.call();
  }

  private static String farewell(String id, ExitReason reason) {
    return "-" + id + (reason.equals(ExitReason.SHUTDOWN) ? "" : " " + reason);
  }

  /** How the next starts of a child go; those after them go well. */
  @SafeVarargs
  final void plan(String id, Callable<Init<List<Object>>>... starts) {
    plans.computeIfAbsent(id, _ -> new ConcurrentLinkedQueue<>()).addAll(Arrays.asList(starts));
  }

  /** Plans that a child does not start so many times. */
  void planFailures(String id, int times) {
    for (int i = 0; i < times; i++) {
      plan(id, () -> PuppetServer.stop(ExitReason.of("no " + id)));
    }
  }

  /** What was written since it was last asked. */
  List<String> log() {
    var all = List.copyOf(log);
    log.clear();
    return all;
  }

  // --- What a test does with children ---

  /** The processes of the children that run. */
  static Map<Object, Pid> pids(Supervisor supervisor) {
    return supervisor.children().stream()
        .filter(child -> child.pid().isPresent())
        .collect(Collectors.toMap(Supervisor.ChildInfo::id, child -> child.pid().orElseThrow()));
  }

  static Pid pid(Supervisor supervisor, Object id) {
    return pids(supervisor).get(id);
  }

  /** Lets a child end by itself; its supervisor has its exit, before anything asked after this. */
  static void end(Pid child, ExitReason reason) {
    var ref = Self.monitor(child);
    child.send(PuppetServer.step(heard -> Next.stop(reason, heard)));
    Deaths.await(ref);
  }

  static void end(Supervisor supervisor, Object id, ExitReason reason) {
    end(pid(supervisor, id), reason);
  }

  static void kill(Pid child) {
    var ref = Self.monitor(child);
    child.exit(ExitReason.KILL);
    Deaths.await(ref);
  }

  static void kill(Supervisor supervisor, Object id) {
    kill(pid(supervisor, id));
  }
}
