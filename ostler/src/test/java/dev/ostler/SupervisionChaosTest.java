package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.SupervisionTree.Birth;
import dev.ostler.SupervisionTree.Parent;
import dev.ostler.SupervisionTree.Place;
import dev.ostler.SupervisorReport.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random trees of supervisors whose processes are killed, stopped and started by several threads.
 * Afterwards each tree is as its specs imply.
 */
class SupervisionChaosTest {
  private static final int THREADS = 3;
  private static final int STEPS = 150;
  private static final int MOST_WALKS = 1_000_000;

  private final Queue<SupervisorReport> reports = new ConcurrentLinkedQueue<>();
  private Events.Subscription subscription;

  static LongStream seeds() {
    return Seeds.some(20);
  }

  @BeforeEach
  void becomeAProcess() {
    assertThat(Events.flush(Duration.ofSeconds(60))).isTrue(); // so there is room for its reports
    subscription = Events.subscribe(SupervisorReport.class, reports::add);
    Processes.attach();
  }

  @AfterEach
  void beAThreadAgain() {
    Processes.detach();
    subscription.close();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_tree_is_as_its_specs_imply_whatever_happened_to_it(long seed) throws Exception {
    var random = new Random(seed);
    var tree = new SupervisionTree(random);
    disturbAll(tree, random);
    List<Pid> owned = settled(tree);
    assertThat(Events.flush(Duration.ofSeconds(60))).isTrue();

    assertThat(owned).doesNotHaveDuplicates().allMatch(Pid::isAlive);
    for (Birth birth : tree.births) {
      if (!owned.contains(birth.pid())) {
        ended(birth.pid()); // perhaps only now: who lost its supervisor ends by itself
      }
    }
    for (Parent parent : livingParents(tree)) {
      checkChildren(tree, parent);
      checkOrder(tree, parent);
      assertThat(restartsOf(tree, parent)).isLessThanOrEqualTo(parent.plan().limit());
    }
    checkWhoGaveUp(tree);
    checkTemporary(tree);
    checkEnd(tree, owned);
  }

  // --- What happens ---

  private static void disturbAll(SupervisionTree tree, Random random) throws Exception {
    var threads = new ArrayList<FutureTask<Boolean>>();
    for (int i = 0; i < THREADS; i++) {
      var own = new Random(random.nextLong());
      threads.add(
          new FutureTask<>(
              () -> {
                for (int step = 0; step < STEPS; step++) {
                  tree.disturb(own);
                }
              },
              true));
      Thread.startVirtualThread(threads.getLast());
    }
    for (FutureTask<Boolean> thread : threads) {
      thread.get();
    }
  }

  /**
   * Asks every supervisor, from the root down, until all have dealt with what happened: each answer
   * comes after the exits that were queued before. Gives who is owned, in the order of their ends.
   */
  private static List<Pid> settled(SupervisionTree tree) {
    for (int i = 0; i < MOST_WALKS; i++) {
      var owned = walk(tree, tree.root.supervisor());
      if (owned.isPresent()) {
        return owned.get();
      }
    }
    throw new AssertionError("the tree does not come to rest");
  }

  /** The processes below a supervisor; nothing if not all are at rest. */
  private static Optional<List<Pid>> walk(SupervisionTree tree, Supervisor supervisor) {
    var owned = new ArrayList<Pid>();
    for (Supervisor.ChildInfo child : supervisor.children()) {
      if (child.restarting()) {
        return Optional.empty();
      }
      if (child.pid().isPresent()) {
        Optional<List<Pid>> below = below(tree, child.pid().get());
        if (below.isEmpty()) {
          return Optional.empty();
        }
        owned.addAll(below.get());
        owned.add(child.pid().get());
      }
    }
    return Optional.of(owned);
  }

  private static Optional<List<Pid>> below(SupervisionTree tree, Pid pid) {
    Optional<Parent> parent = tree.byPid.get(pid).parent();
    if (parent.isEmpty()) {
      return pid.isAlive() ? Optional.of(List.of()) : Optional.empty();
    }
    try {
      return walk(tree, parent.get().supervisor());
    } catch (CallException ended) {
      return Optional.empty();
    }
  }

  private static void ended(Pid pid) {
    var ref = Self.monitor(pid);
    assertThat(Self.receive(Down.class, down -> down.ref() == ref, Duration.ofSeconds(60)))
        .as("the end of %s, whom no supervisor owns", pid)
        .isPresent();
  }

  // --- What is so afterwards ---

  private static List<Parent> livingParents(SupervisionTree tree) {
    return tree.births.stream()
        .flatMap(birth -> birth.parent().stream())
        .filter(parent -> parent.supervisor().pid().isAlive())
        .collect(Collectors.toCollection(() -> new ArrayList<>(List.of(tree.root))));
  }

  /**
   * Those of its specs that were not forgotten are there, in order, and so are those it was told to
   * start later; nobody else. The permanent ones run, and of the transient ones all but those that
   * ended well.
   */
  private void checkChildren(SupervisionTree tree, Parent parent) {
    Pid pid = parent.supervisor().pid();
    var children = parent.supervisor().children().reversed();
    List<Object> ids = children.stream().<Object>map(Supervisor.ChildInfo::id).toList();
    List<Object> first =
        parent.plan().children().stream().<Object>map(ChildSpec::id).filter(ids::contains).toList();
    assertThat(ids.subList(0, first.size())).isEqualTo(first);
    for (Object id : parent.plan().children().stream().map(ChildSpec::id).toList()) {
      assertThat(
              ids.contains(id)
                  || tree.stopped.contains(new Place(pid, id))
                  || tree.restarts.get(id) != Restart.PERMANENT)
          .as("%s of %s, which nobody deleted, is there", id, pid)
          .isTrue();
    }
    for (Object id : ids) {
      assertThat(first.contains(id) || tree.added.contains(new Place(pid, id)))
          .as("%s of %s is of its plan, or was added", id, pid)
          .isTrue();
    }
    assertThat(ids).containsAll(addedToStay(tree, pid));
    boolean failed = reports(pid, Kind.START_FAILED).findAny().isPresent();
    for (Supervisor.ChildInfo child : children) {
      assertThat(child.restarting()).isFalse();
      if (child.pid().isEmpty()) {
        assertThat(tree.restarts.get(child.id())).isNotEqualTo(Restart.TEMPORARY);
        assertThat(
                failed
                    || tree.stopped.contains(new Place(pid, child.id()))
                    || tree.restarts.get(child.id()) == Restart.TRANSIENT
                        && mayHaveEndedWell(tree, new Place(pid, child.id())))
            .as("%s of %s, which nobody stopped, runs", child, pid)
            .isTrue();
      }
    }
  }

  /** The permanent ones that a supervisor was told to start and started, and nobody stopped. */
  private List<Object> addedToStay(SupervisionTree tree, Pid supervisor) {
    List<Object> failed =
        reports(supervisor, Kind.START_FAILED).map(SupervisorReport::child).toList();
    return tree.births.stream()
        .map(Birth::place)
        .filter(tree.added::contains)
        .filter(place -> place.supervisor().equals(supervisor))
        .filter(place -> tree.restarts.get(place.id()) == Restart.PERMANENT)
        .filter(place -> !tree.stopped.contains(place) && !failed.contains(place.id()))
        .map(Place::id)
        .distinct()
        .toList();
  }

  /** Whether a child was told to shut down, or is a supervisor, which may have given up. */
  private static boolean mayHaveEndedWell(SupervisionTree tree, Place place) {
    return tree.endedCleanly.contains(place)
        || tree.births.stream()
            .anyMatch(birth -> birth.place().equals(place) && birth.parent().isPresent());
  }

  /** Where a group is restarted together, those after another one were started after it. */
  private static void checkOrder(SupervisionTree tree, Parent parent) {
    if (parent.plan().strategy() == Strategy.ONE_FOR_ONE
        || tree.restartedByHand.contains(parent.supervisor().pid())) {
      return;
    }
    List<Long> orders =
        parent.supervisor().children().reversed().stream()
            .flatMap(child -> child.pid().stream())
            .map(pid -> tree.byPid.get(pid).order())
            .toList();
    assertThat(orders).isSorted();
  }

  private Stream<SupervisorReport> reports(Pid supervisor, Kind kind) {
    return reports.stream()
        .filter(report -> report.pid().equals(supervisor) && report.kind() == kind);
  }

  /** How many restarts a supervisor has counted, save those that failed. */
  private int restartsOf(SupervisionTree tree, Parent parent) {
    return (int)
        reports(parent.supervisor().pid(), Kind.CHILD_ENDED)
            .filter(report -> tree.restarts.get(report.child()) != Restart.TEMPORARY)
            .count();
  }

  /** A supervisor that gave up is gone, and had one restart more than it tolerates. */
  private void checkWhoGaveUp(SupervisionTree tree) {
    for (Birth birth : tree.births) {
      if (birth.parent().isPresent() && reports(birth.pid(), Kind.GAVE_UP).findAny().isPresent()) {
        ended(birth.pid());
        long failed = reports(birth.pid(), Kind.START_FAILED).count();
        Parent parent = birth.parent().get();
        assertThat(restartsOf(tree, parent)).isLessThanOrEqualTo(parent.plan().limit() + 1);
        assertThat(restartsOf(tree, parent) + failed).isGreaterThan(parent.plan().limit());
      }
    }
  }

  /** No temporary child was started twice by one supervisor. */
  private static void checkTemporary(SupervisionTree tree) {
    assertThat(
            tree.births.stream()
                .map(Birth::place)
                .filter(place -> tree.restarts.get(place.id()) == Restart.TEMPORARY))
        .doesNotHaveDuplicates();
  }

  /** The root's end is that of all, the newest first, each after those it had started. */
  private static void checkEnd(SupervisionTree tree, List<Pid> owned) {
    Self.flush();
    owned.forEach(Self::monitor);
    tree.root.supervisor().stop();
    assertThat(Self.flush())
        .extracting(down -> ((Down) down).pid())
        .containsExactlyElementsOf(owned);
    assertThat(tree.births).noneMatch(birth -> birth.pid().isAlive());
  }
}
