package dev.ostler.kv.server.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What {@code kv top} prints where there is no terminal. */
class TopTest {
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private final StringWriter printed = new StringWriter();

  private String print(
      ObserverClient observer, String sort, boolean growth, String filter, int count)
      throws IOException {
    new Top(observer, sort, growth, filter, INTERVAL).print(new PrintWriter(printed), count, 20);
    return printed.toString();
  }

  @Test
  void is_the_program_and_its_processes() throws IOException {
    try (Shop shop = new Shop();
        var observer = shop.client()) {
      String text = print(observer, "queued", false, "", 1);

      assertThat(text)
          .startsWith("shop (" + ProcessHandle.current().pid() + "), ")
          .containsPattern("PID +PROCESS +KIND +QUEUED▼ +HANDLED")
          .containsPattern("(?s)cart .* 7 .*till .* 3 ");
      assertThat(text.lines()).allMatch(line -> line.equals(line.stripTrailing()));
    }
  }

  @Test
  void is_sorted_and_filtered_as_wished() throws IOException {
    try (Shop shop = new Shop();
        var observer = shop.client()) {
      assertThat(print(observer, "label", false, "t", 1))
          .containsPattern("PROCESS▲")
          .containsPattern("(?s)cart.*till");
      printed.getBuffer().setLength(0);
      assertThat(print(observer, "queued", false, "till", 1))
          .contains("with 'till'")
          .contains("till")
          .doesNotContain("cart ");
    }
  }

  @Test
  void is_growth_from_the_second_time_on() throws IOException {
    try (Shop shop = new Shop();
        var observer = shop.client()) {
      var out =
          new PrintWriter(printed) {
            @Override
            public void flush() { // between the two looks
              shop.send(shop.till, 5);
              super.flush();
            }
          };
      new Top(observer, "queued", true, "", INTERVAL).print(out, 2, 1);

      assertThat(printed.toString().substring(printed.toString().indexOf("\n\n")))
          .containsPattern("till .* \\+5 ");
    }
  }

  @Nested
  class An_observer {
    @Test
    void that_is_not_there_is_named() throws IOException {
      try (var observer = new ObserverClient(URI.create("http://127.0.0.1:1"), Optional.empty())) {
        assertThatThrownBy(() -> print(observer, "pid", false, "", 1))
            .isInstanceOf(IOException.class)
            .hasMessage("no observer on http://127.0.0.1:1: nobody listens there");
      }
    }

    /** What the answers are to questions in turn; the last one goes on. */
    private HttpServer stub(CopyOnWriteArrayList<String> asked, String... answers)
        throws IOException {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            asked.add(
                exchange.getRequestURI()
                    + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            String answer = answers[Math.min(asked.size(), answers.length) - 1];
            byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      return server;
    }

    private final CopyOnWriteArrayList<String> asked = new CopyOnWriteArrayList<>();

    private String answered(String... answers) throws IOException {
      HttpServer server = stub(asked, answers);
      URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      try (var observer = new ObserverClient(address, Optional.of("secret"))) {
        return print(observer, "pid", false, "", 3);
      } catch (IOException e) {
        return String.valueOf(e.getMessage()).replace(address.toString(), "URL");
      } finally {
        server.stop(0);
      }
    }

    @Test
    void is_given_the_token_and_may_want_another_one() throws IOException {
      assertThat(answered("401 {\"error\":\"no\"}"))
          .isEqualTo("URL expects a token, or another one: see --token-file");
      assertThat(asked).containsExactly("/api/v1/overview Bearer secret");
    }

    @Test
    void that_is_none_is_told_from_one() throws IOException {
      assertThat(answered("404 <html>")).endsWith("404: is this the port of an observer?");
      assertThat(answered("200 <html>")).startsWith("no observer on URL: expected JSON");
      assertThat(answered("200 [1]")).endsWith("expected an object of JSON");
      assertThat(answered("503 {\"error\":\"too\\u001bmany\"}")).endsWith("503: too·many");
    }

    @Test
    void that_has_forgotten_the_last_look_is_asked_without() throws IOException {
      String page = "200 {\"look\":\"L1\",\"total\":0,\"rows\":[]}";
      answered("200 {}", page, "200 {}", "400 {\"error\":\"since\"}", page);

      String question = "/api/v1/processes?sort=pid&order=desc&offset=0&limit=20";
      assertThat(asked.stream().map(each -> each.replace(" Bearer secret", "")))
          .startsWith(
              "/api/v1/overview",
              question,
              "/api/v1/overview",
              question + "&since=L1",
              question,
              "/api/v1/overview",
              question + "&since=L1");
    }

    @Test
    void may_tell_nothing() throws IOException {
      assertThat(answered("200 {}")).contains("asking…", "none by pid");
    }
  }
}
