package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntConsumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A supervision tree for the whole JVM, which here does not end: A1, A2. */
@ResourceLock("dev.ostler.Application.exit")
class ApplicationTest {
  private static final ExitReason ROTTEN = ExitReason.of("rotten");

  private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();
  private final String name = "application-" + System.nanoTime();
  private final IntConsumer before = Application.exit;

  @BeforeEach
  void doNotExit() {
    Application.exit = exits::add;
  }

  @AfterEach
  void exitAgain() {
    Application.running().stream()
        .filter(each -> each.name().startsWith(name))
        .forEach(Application::stop);
    Application.exit = before;
  }

  /** A tree of one process, which ends as it is told by a message. */
  private static ChildSpec<Pid> tree() {
    return Processes.of("tree", () -> Self.exit(Self.receive(ExitReason.class)));
  }

  /** The process under the application's own. */
  private static Pid top(Application application) {
    return Processes.info(application.pid()).orElseThrow().links().getFirst();
  }

  private Application start(Application.Type type) {
    return Application.start(name, type, tree());
  }

  /** Nothing is told of an exit later: a permanent application's end is told after the others'. */
  private void assertNoExit() throws InterruptedException {
    Application last = Application.start(name + "-last", Application.Type.PERMANENT, tree());
    top(last).send(ROTTEN);
    last.await();
    assertThat(exits.take()).isEqualTo(1);
    assertThat(exits).isEmpty();
  }

  // A1
  @Test
  void it_has_started_once_its_tree_has() {
    Application application =
        Application.start(
            name,
            Application.Type.TEMPORARY,
            Supervisor.of(Strategy.ONE_FOR_ONE).child(Agent.of(() -> 1)));
    assertThat(application.name()).isEqualTo(name);
    assertThat(application.pid().isAlive()).isTrue();
    assertThat(Application.running()).contains(application);
  }

  // A1
  @Test
  void it_does_not_start_if_its_tree_does_not() {
    Child<?> tree =
        ChildSpec.of(
            "tree",
            () -> {
              throw new StartException.Failed("tree", ROTTEN);
            });
    for (int attempt = 0; attempt < 2; attempt++) { // the name is free again
      assertThatThrownBy(() -> Application.start(name, Application.Type.PERMANENT, tree))
          .isInstanceOfSatisfying(
              StartException.Failed.class, e -> assertThat(e.reason()).isEqualTo(ROTTEN));
    }
    assertThat(Application.running()).noneMatch(each -> each.name().equals(name));
    assertThat(exits).isEmpty();
  }

  // A1
  @Test
  void it_does_not_start_if_its_tree_cannot_be_made() {
    var failure = new IllegalStateException("rotten");
    Child<?> tree =
        ChildSpec.of(
            "tree",
            () -> {
              throw failure;
            });
    assertThatThrownBy(() -> Application.start(name, Application.Type.TEMPORARY, tree))
        .isInstanceOfSatisfying(
            StartException.Failed.class,
            e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(failure)));
  }

  // A1
  @Test
  void it_starts_once() {
    Application application = start(Application.Type.TEMPORARY);
    assertThatThrownBy(() -> start(Application.Type.TEMPORARY))
        .isInstanceOfSatisfying(
            StartException.AlreadyStarted.class,
            e -> assertThat(e.pid()).isEqualTo(application.pid()));
    application.stop();
    start(Application.Type.TEMPORARY);
  }

  // A2
  @Test
  void the_end_of_a_permanent_ones_tree_is_the_end_of_the_jvm() throws InterruptedException {
    for (ExitReason reason : List.of(ROTTEN, ExitReason.SHUTDOWN, ExitReason.NORMAL)) {
      Application application = start(Application.Type.PERMANENT);
      top(application).send(reason);
      assertThat(application.await()).isEqualTo(reason);
      assertThat(exits.take()).isEqualTo(1);
    }
  }

  // A2: whoever is above the tree takes it along
  @Test
  void to_kill_the_process_above_a_tree_is_the_end_of_that() throws InterruptedException {
    for (Application.Type type : List.of(Application.Type.PERMANENT, Application.Type.TRANSIENT)) {
      Application application = start(type);
      application.pid().exit(ExitReason.KILL);
      assertThat(application.await()).isEqualTo(ExitReason.KILLED);
      assertThat(exits.take()).isEqualTo(1);
    }
    start(Application.Type.TEMPORARY).pid().exit(ExitReason.KILL);
    assertNoExit();
  }

  // A2
  @Test
  void the_end_of_a_transient_ones_tree_is_unless_it_is_normal() throws InterruptedException {
    Application normal = start(Application.Type.TRANSIENT);
    top(normal).send(ExitReason.NORMAL);
    assertThat(normal.await()).isEqualTo(ExitReason.NORMAL);
    assertNoExit();
    for (ExitReason reason : List.of(ROTTEN, ExitReason.SHUTDOWN)) {
      Application application = start(Application.Type.TRANSIENT);
      top(application).send(reason);
      assertThat(application.await()).isEqualTo(reason);
      assertThat(exits.take()).isEqualTo(1);
    }
  }

  // A2
  @Test
  void the_end_of_a_temporary_ones_tree_is_reported_and_no_more() throws InterruptedException {
    var logged = new LinkedBlockingQueue<String>();
    Handler handler = handler(logged);
    Logger logger = Logger.getLogger("dev.ostler");
    logger.addHandler(handler);
    try {
      Application application = start(Application.Type.TEMPORARY);
      top(application).send(ROTTEN);
      assertThat(application.await()).isEqualTo(ROTTEN);
      assertThat(Application.running()).doesNotContain(application);
      String line = logged.take();
      while (!line.startsWith("the application " + name)) { // others log meanwhile
        line = logged.take();
      }
      assertThat(line).isEqualTo("the application " + name + " ended: " + ROTTEN);
    } finally {
      logger.removeHandler(handler);
    }
    assertNoExit();
  }

  private static Handler handler(Queue<String> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord entry) {
        logged.add(entry.getMessage());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  // A2
  @ParameterizedTest
  @EnumSource
  void to_stop_it_affects_no_other(Application.Type type) throws InterruptedException {
    Application stopped = start(type);
    Application other = Application.start(name + "-other", Application.Type.PERMANENT, tree());
    Pid tree = top(stopped);
    stopped.stop();
    stopped.stop();
    assertThat(tree.isAlive()).isFalse();
    assertThat(stopped.await()).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(Application.running()).doesNotContain(stopped).contains(other);
    assertThat(top(other).isAlive()).isTrue();
    assertNoExit();
  }
}
