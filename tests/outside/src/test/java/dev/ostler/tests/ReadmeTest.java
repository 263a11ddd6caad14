package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The example in README.md is these lines, and they do what it says. */
class ReadmeTest {

  // readme: begin
  record Tally() implements GenServer<Map<String, Integer>, Tally.Total, Tally.Add> {
    record Total(String word) implements Call<Tally, Integer> {}

    record Add(String word) implements Cast<Tally> {}

    @Override
    public Init<Map<String, Integer>> init() {
      return Init.ok(new TreeMap<>());
    }

    @Override
    public Next<Map<String, Integer>> handleCall(Total t, From<?> from, Map<String, Integer> n) {
      return t.reply(n.getOrDefault(t.word(), 0), n);
    }

    @Override
    public Next<Map<String, Integer>> handleCast(Add add, Map<String, Integer> n) {
      n.merge(add.word(), 1, Integer::sum);
      return Next.noReply(n);
    }
  }

  static int countUnderSupervision() {
    Name<Tally> tally = Name.unique("tally");
    var supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE).child(GenServer.of(Tally::new).named(tally)).start();
    tally.cast(new Tally.Add("ostler"));
    int before = tally.call(new Tally.Total("ostler")); // 1: one sender's messages keep their order
    tally.pid().exit(ExitReason.KILL); // the supervisor starts a new one under the same name
    supervisor.children(); // answered after the restart
    int after = tally.call(new Tally.Total("ostler")); // 0: a fresh state
    supervisor.stop();
    return before * 10 + after;
  }

  // readme: end

  @Test
  void the_example_does_what_it_says() {
    assertThat(countUnderSupervision()).isEqualTo(10);
  }

  @Test
  void the_example_is_the_one_in_the_readme() throws IOException {
    Path root = Project.root();
    String readme = Files.readString(root.resolve("README.md"));
    String source =
        Files.readString(
            root.resolve("tests/outside/src/test/java/dev/ostler/tests/ReadmeTest.java"));
    assertThat(between(readme, "```java\n", "```\n"))
        .isEqualTo(between(source, "  // readme: begin\n", "\n  // readme: end\n"));
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin) + begin.length();
    return text.substring(from, text.indexOf(end, from));
  }
}
