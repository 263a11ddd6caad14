package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Pid;
import dev.ostler.Restart;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The observer, beside 100,000 children of one supervisor; or as many as a property says. */
@ExtendWith(OstlerExtension.class)
class ManyProcessesTest {
  private static final int MANY = Integer.getInteger("dev.ostler.observer.many", 100_000);

  private static DynamicSupervisor many;
  private static Pid leak;

  private final Observer observer = Observer.serve(0);
  private final Peer peer = Peer.on(observer.port());

  /** Once for all tests: that many take seconds to start. */
  @BeforeAll
  static void start() {
    many = DynamicSupervisor.of().label("of many").start();
    var child = Agent.of(() -> 0).label("one of many").restart(Restart.TEMPORARY);
    for (int i = 1; i < MANY; i++) {
      many.startChild(child);
    }
    leak = many.startChild(Agent.of(() -> 0).label("leak").restart(Restart.TEMPORARY)).pid();
    Sys.suspend(leak); // so that messages wait
  }

  @AfterEach
  void close() {
    observer.close();
  }

  @AfterAll
  static void resume() {
    Sys.resume(leak);
  }

  private static void leak(int messages) {
    for (int i = 0; i < messages; i++) {
      leak.send(i);
    }
  }

  @Test
  void finds_a_leak_among_them() throws IOException {
    leak(3);
    Object look = peer.get("/api/v1/processes?limit=1").at("look");
    leak(5);

    Peer.Answer grown = peer.get("/api/v1/processes?growth=true&limit=1&since=" + look);

    assertThat((Long) grown.at("total")).isGreaterThanOrEqualTo(MANY);
    assertThat(grown.at("rows", 0, "label")).isEqualTo("leak");
    assertThat(grown.at("rows", 0, "growth", "queued")).isEqualTo(5L);
  }

  @Test
  void shows_them_in_pages() throws IOException {
    String tree = "/api/v1/tree?parent=" + many.pid().id();

    Peer.Answer first = peer.get(tree + "&limit=10");
    Peer.Answer last = peer.get(tree + "&limit=10&offset=" + (MANY - 1));
    Peer.Answer found = peer.get(tree + "&q=LEAK");

    assertThat(first.at("parent", "children")).isEqualTo((long) MANY);
    assertThat(first.at("total")).isEqualTo((long) MANY);
    assertThat(first.at("children", 9, "label")).isEqualTo("one of many");
    assertThat(last.at("children", 0, "label")).isEqualTo("leak");
    assertThat(found.at("total")).isEqualTo(1L);
  }

  @Test
  void tells_of_the_longest_mailbox() throws IOException {
    leak(7);

    Peer.Answer answer = peer.get("/api/v1/overview");

    assertThat((Long) answer.at("processes")).isGreaterThanOrEqualTo(MANY);
    assertThat(answer.at("longest_mailbox", "label")).isEqualTo("leak");
  }
}
