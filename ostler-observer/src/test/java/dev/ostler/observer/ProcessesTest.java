package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.StatusReport;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the observer tells of processes. */
@ExtendWith(OstlerExtension.class)
class ProcessesTest {
  private final Observer observer = Observer.serve(0);
  private final Peer peer = Peer.on(observer.port());
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void close() {
    over.countDown();
    observer.close();
  }

  /** A process in which nothing happens, with so many messages. */
  private Pid waiting(String label, int messages) {
    Pid pid = Processes.spawn(label, over::await);
    IntStream.range(0, messages).forEach(pid::send);
    return pid;
  }

  private static List<?> column(Peer.Answer answer, String list, String column) {
    return ((List<?>) answer.at(list))
        .stream().<Object>map(row -> ((Map<?, ?>) row).get(column)).toList();
  }

  @Nested
  class The_table {
    @Test
    void is_sorted_by_a_column() throws IOException {
      waiting("table one", 1);
      waiting("table three", 3);
      waiting("table two", 2);

      Peer.Answer most = peer.get("/api/v1/processes?q=TABLE");
      Peer.Answer least = peer.get("/api/v1/processes?q=table&order=asc");
      Peer.Answer byLabel = peer.get("/api/v1/processes?q=table&sort=label&order=asc");

      assertThat(column(most, "rows", "queued")).isEqualTo(List.of(3L, 2L, 1L));
      assertThat(column(least, "rows", "queued")).isEqualTo(List.of(1L, 2L, 3L));
      assertThat(column(byLabel, "rows", "label"))
          .isEqualTo(List.of("table one", "table three", "table two"));
      assertThat(most.at("total")).isEqualTo(3L);
    }

    @Test
    void has_pages() throws IOException {
      for (int i = 0; i < 5; i++) {
        waiting("paged " + i, 5 - i);
      }

      Peer.Answer second = peer.get("/api/v1/processes?q=paged&offset=2&limit=2");
      Peer.Answer last = peer.get("/api/v1/processes?q=paged&offset=4&limit=2");
      Peer.Answer beyond = peer.get("/api/v1/processes?q=paged&offset=9&limit=2");

      assertThat(column(second, "rows", "label")).isEqualTo(List.of("paged 2", "paged 3"));
      assertThat(column(last, "rows", "label")).isEqualTo(List.of("paged 4"));
      assertThat(column(beyond, "rows", "label")).isEqualTo(List.of());
      assertThat(beyond.at("total")).isEqualTo(5L);
    }

    @Test
    void tells_what_has_grown_since_a_look() throws IOException {
      waiting("growing full", 9);
      Pid leak = waiting("growing leak", 1);
      Object look = peer.get("/api/v1/processes?q=growing").at("look");
      leak.send("one more");

      Peer.Answer grown =
          peer.get("/api/v1/processes?q=growing&growth=true&sort=queued&since=" + look);

      assertThat(grown.at("since")).isEqualTo(look);
      assertThat(column(grown, "rows", "label")).isEqualTo(List.of("growing leak", "growing full"));
      assertThat(grown.at("rows", 0, "growth", "queued")).isEqualTo(1L);
      assertThat(grown.at("rows", 1, "growth", "queued")).isEqualTo(0L);
    }

    @Test
    void finds_a_process_by_its_number() throws IOException {
      Pid pid = waiting("numbered", 0);

      for (String written : List.of("" + pid.id(), "%3C0." + pid.id() + "%3E")) {
        Peer.Answer answer = peer.get("/api/v1/processes?q=" + written);
        assertThat(column(answer, "rows", "label")).isEqualTo(List.of("numbered"));
      }
    }
  }

  @Nested
  class The_tree {
    @Test
    void has_children_under_their_supervisor() throws IOException {
      Name<Supervisor> top = Name.unique("tree top");
      Supervisor.of(Strategy.REST_FOR_ONE)
          .child(Agent.of(() -> 1).id("first").label("tree one"))
          .child(DynamicSupervisor.of().id("second").label("tree two"))
          .named(top)
          .start();
      Pid pid = Supervisor.at(top).pid();

      Peer.Answer answer = peer.get("/api/v1/tree?parent=" + pid.id());

      assertThat(answer.at("parent", "kind")).isEqualTo("supervisor");
      assertThat(answer.at("parent", "strategy")).isEqualTo("rest_for_one");
      assertThat(answer.at("parent", "children")).isEqualTo(2L);
      assertThat(column(answer, "children", "label")).isEqualTo(List.of("tree one", "tree two"));
      assertThat(column(answer, "children", "id")).isEqualTo(List.of("first", "second"));
      assertThat(column(answer, "children", "kind"))
          .isEqualTo(List.of("agent", "dynamic_supervisor"));
    }

    @Test
    void begins_with_those_whose_parent_is_not_there() throws Exception {
      var begun = new CountDownLatch(1);
      Pid parent =
          Processes.spawn(
              "tree parent",
              () -> {
                Processes.spawn("tree orphan", over::await);
                begun.countDown();
                over.await();
              });
      begun.await();
      assertThat(column(peer.get("/api/v1/tree?limit=1000"), "children", "label"))
          .isNotEqualTo(List.of())
          .satisfies(labels -> assertThat(labels.contains("tree orphan")).isFalse());

      parent.exit(ExitReason.KILL);

      assertThat(column(peer.get("/api/v1/tree?limit=1000"), "children", "label"))
          .satisfies(labels -> assertThat(labels.contains("tree orphan")).isTrue());
    }

    @Test
    void is_searched_everywhere() throws Exception {
      var begun = new CountDownLatch(1);
      Processes.spawn(
          "sought parent",
          () -> {
            Processes.spawn("sought child", over::await);
            begun.countDown();
            over.await();
          });
      begun.await();

      Peer.Answer answer = peer.get("/api/v1/tree?q=sought%20CHILD");

      assertThat(column(answer, "children", "label")).isEqualTo(List.of("sought child"));
    }
  }

  @Nested
  class One_process {
    @Test
    void tells_what_it_is() throws IOException {
      Pid pid = waiting("the one", 3);

      Peer.Answer answer = peer.get("/api/v1/processes/" + pid.id());

      assertThat(answer.at("label")).isEqualTo("the one");
      assertThat(answer.at("kind")).isEqualTo("process");
      assertThat(answer.at("queued")).isEqualTo(3L);
      assertThat(answer.at("mailbox"))
          .isEqualTo(List.of("java.lang.Integer", "java.lang.Integer", "java.lang.Integer"));
    }

    @Test
    void tells_since_when_its_oldest_message_is_known_to_wait() throws IOException {
      String path = "/api/v1/processes/" + waiting("behind", 2).id();

      assertThat(peer.get(path).at("oldest_at_least")).isNotNull();
      long seen = System.nanoTime();
      assertThat(peer.get("/api/v1/overview").status()).isEqualTo(200);
      double since = (System.nanoTime() - seen) / 1e9;
      assertThat((Double) peer.get(path).at("oldest_at_least")).isGreaterThanOrEqualTo(since);

      assertThat(peer.get("/api/v1/processes/" + waiting("empty", 0).id()).json())
          .satisfies(json -> assertThat(json.containsKey("oldest_at_least")).isFalse());
    }

    @Test
    void is_gone_once_it_has_ended() throws IOException {
      Pid pid = waiting("short", 0);
      pid.exit(ExitReason.KILL);

      Peer.Answer answer = peer.get("/api/v1/processes/" + pid.id());

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.error()).contains("there is no process " + pid);
    }

    @Test
    void shows_its_state_and_memory_on_request() throws IOException {
      Pid pid = Agent.of(() -> List.of("a", "b")).start().pid();

      Peer.Answer answer = peer.get("/api/v1/processes/" + pid.id() + "?state=true&memory=true");

      assertThat(answer.at("state")).isEqualTo("[a, b]");
      assertThat((Long) answer.at("memory")).isPositive();
      assertThat(peer.get("/api/v1/processes/" + pid.id()).json().containsKey("state")).isFalse();
    }

    @Test
    void shows_its_state_only_as_it_wishes() throws IOException {
      Pid pid = new Secretive().pid();

      assertThat(state(pid).at("state")).isEqualTo("hidden");
    }

    private Peer.Answer state(Pid pid) throws IOException {
      return peer.get("/api/v1/processes/" + pid.id() + "?state=true");
    }

    @Test
    void may_have_a_state_that_cannot_be_shown() throws IOException {
      String text = "x".repeat(100_000_000);
      Pid throwing =
          Agent.<Object>of(
                  () ->
                      new Shown(
                          () -> {
                            throw new IllegalStateException("planted");
                          }))
              .start()
              .pid();
      Pid blocking =
          Agent.<Object>of(
                  () ->
                      new Shown(
                          () -> {
                            try {
                              over.await();
                            } catch (InterruptedException e) {
                              // As code that does not heed it.
                            }
                            return "late";
                          }))
              .start()
              .pid();
      Pid large = Agent.<Object>of(() -> new Shown(() -> text)).start().pid();

      assertThat((String) state(throwing).at("state")).contains("whose toString threw");
      assertThat((String) state(blocking).at("state")).contains("took too long to show");
      assertThat((String) state(large).at("state")).hasSize(64 * 1024 + 1).endsWith("…");
      assertThat(state(large).at("cut")).isEqualTo(true);
    }

    @Test
    void that_is_busy_is_told_without_its_state() throws IOException {
      Agent<Integer> busy = Agent.of(() -> 1).start();
      var entered = new CountDownLatch(1);
      busy.cast(
          state -> {
            entered.countDown();
            try {
              over.await();
            } catch (InterruptedException e) {
              // The test is over.
            }
            return state;
          });
      try {
        entered.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }

      Peer.Answer answer = state(busy.pid());

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.at("busy")).isEqualTo(true);
      assertThat(answer.error()).contains("did not answer in time");
    }

    @Test
    void that_is_suspended_says_so() throws IOException {
      Pid pid = Agent.of(() -> 1).label("resting").start().pid();
      Sys.suspend(pid);

      assertThat(peer.get("/api/v1/processes/" + pid.id()).at("suspended")).isEqualTo(true);
      assertThat(peer.get("/api/v1/tree?q=resting").at("children", 0, "trouble"))
          .isEqualTo("suspended");
    }
  }

  /** A state whose text the test makes. */
  private record Shown(Supplier<String> text) {
    @Override
    public String toString() {
      return text.get();
    }
  }

  /** A server that shows nothing of its state. */
  private static final class Secretive
      implements GenServer<String, Call<Secretive, ?>, Cast<Secretive>> {
    Pid pid() {
      return GenServer.of(Secretive::new).start().pid();
    }

    @Override
    public Init<String> init() {
      return Init.ok("secret");
    }

    @Override
    public Next<String> handleCast(Cast<Secretive> message, String state) {
      return Next.noReply(state);
    }

    @Override
    public StatusReport formatStatus(StatusReport status) {
      return status.state("hidden");
    }
  }
}
