package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets which answer of the observer. */
class SiteTest {
  private static final String TOKEN = "a-token-of-tests";

  private final Observer observer =
      Observer.on(0).token(TOKEN).hosts("Watched.example").name("tests").serve();
  private final Peer peer = Peer.on(observer.port());

  @AfterEach
  void close() {
    observer.close();
  }

  @Nested
  class The_page {
    @ParameterizedTest
    @CsvSource({
      "/, text/html; charset=utf-8",
      "/icon.svg, image/svg+xml",
      "/page.js, text/javascript; charset=utf-8",
      "/style.css, text/css; charset=utf-8"
    })
    void consists_of_four_files(String path, String type) throws IOException {
      Peer.Answer answer = peer.get(path);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head()).contains("content-type: " + type);
      assertThat(answer.body()).isNotBlank();
    }

    @Test
    void may_use_nothing_from_elsewhere() throws IOException {
      assertThat(peer.get("/").head())
          .contains(
              "content-security-policy: default-src 'self'",
              "x-content-type-options: nosniff",
              "cache-control: no-store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/module-info.class", "/../Site.class", "/x", "/api", "/page.js/"})
    void is_all_there_is(String path) throws IOException {
      assertThat(peer.get(path).status()).isEqualTo(404);
    }

    @Test
    void is_only_read() throws IOException {
      assertThat(peer.post("/", "").status()).isEqualTo(405);
      assertThat(peer.ask("HEAD", "/", "").body()).isEmpty();
    }
  }

  @Nested
  class A_foreign {
    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "localhost.evil.example", "10.0.0.1", ""})
    void host_is_refused(String host) throws IOException {
      assertThat(peer.host(host).get("/").status()).isEqualTo(421);
      assertThat(peer.host(host).get("/api/v1/overview").status()).isEqualTo(421);
    }

    @Test
    void host_that_was_allowed_is_answered() throws IOException {
      assertThat(peer.host("watched.EXAMPLE:80").get("/api/v1/overview").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"http://evil.example", "null", "http://localhost", "http://localhost:1", "::"})
    void origin_is_refused(String origin) throws IOException {
      Peer from = peer.with("Origin: " + origin).token(TOKEN);

      assertThat(from.get("/api/v1/overview").status()).isEqualTo(403);
      assertThat(from.post("/api/v1/session", "{\"token\":\"" + TOKEN + "\"}").status())
          .isEqualTo(403);
    }

    @Test
    void site_that_a_browser_tells_of_is_refused() throws IOException {
      assertThat(peer.with("Sec-Fetch-Site: cross-site").get("/api/v1/overview").status())
          .isEqualTo(403);
    }

    @Test
    void page_gets_no_leave_to_read() throws IOException {
      assertThat(peer.get("/api/v1/overview").head()).doesNotContain("access-control");
    }
  }

  @Test
  void the_own_origin_is_answered() throws IOException {
    String origin = "Origin: http://LOCALHOST:" + observer.port();

    assertThat(peer.with(origin).get("/api/v1/overview").status()).isEqualTo(200);
  }

  @Nested
  class The_token {
    @Test
    void is_random_unless_given() {
      try (Observer one = Observer.serve(0);
          Observer other = Observer.serve(0)) {
        assertThat(one.token()).hasSizeGreaterThanOrEqualTo(32).isNotEqualTo(other.token());
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"", "short", "has a space in it.", "0123456789;123456", "ümlautümlautüml"})
    void is_long_and_fits_into_a_cookie(String token) {
      assertThatThrownBy(() -> Observer.on(0).token(token))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("16 to 512");
    }

    @Test
    void is_exchanged_for_a_cookie() throws IOException {
      Peer.Answer answer = peer.post("/api/v1/session", "{\"token\":\"" + TOKEN + "\"}");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head())
          .contains("set-cookie: ostler-token=" + TOKEN + "; path=/; httponly; samesite=strict");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-token-of-test", "a-token-of-testt", "", "A-TOKEN-OF-TESTS"})
    void is_refused_if_it_is_another(String token) throws IOException {
      Peer.Answer answer = peer.post("/api/v1/session", "{\"token\":\"" + token + "\"}");

      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.head()).contains("www-authenticate: bearer").doesNotContain("set-cookie");
    }

    @ParameterizedTest
    @CsvSource({
      "Authorization: Bearer a-token-of-tests, true",
      "Authorization: bearer a-token-of-tests, true",
      "Authorization: Bearer a-token-of-testt, false",
      "Authorization: Basic a-token-of-tests, false",
      "Cookie: ostler-token=a-token-of-tests, true",
      "Cookie: a=b; ostler-token=a-token-of-tests; c=d, true",
      "Cookie: xostler-token=a-token-of-tests, false",
      "Cookie: ostler-token=a-token-of-testt, false"
    })
    void comes_in_a_header_or_a_cookie(String header, boolean accepted) throws IOException {
      assertThat(peer.with(header).get("/api/v1/overview").json().get("authorized"))
          .isEqualTo(accepted);
    }

    /** A proxy on this machine stands for somebody elsewhere. */
    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1"})
    void is_needed_to_read_from_elsewhere(String header) throws IOException {
      Peer elsewhere = peer.with(header);

      assertThat(elsewhere.get("/api/v1/overview").status()).isEqualTo(401);
      assertThat(elsewhere.token(TOKEN).get("/api/v1/overview").status()).isEqualTo(200);
      assertThat(elsewhere.get("/").status()).isEqualTo(200);
    }
  }

  @Nested
  class A_bad_request {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "/api/v1/processes?x=1 | expected the parameters q, sort",
          "/api/v1/processes?limit=0 | limit: expected a number from 1 to 1000, and found '0'",
          "/api/v1/processes?limit=9999999999999999999999 | limit: expected a number",
          "/api/v1/processes?sort=sideways | sort: expected one of at_least, busy",
          "/api/v1/processes?q=a&q=b | expected the parameter q once",
          "/api/v1/processes?growth=yes | growth: expected true or false, and found 'yes'",
          "/api/v1/processes?growth=true&since=L99 | since: expected a look that is kept",
          "/api/v1/processes?growth=true&sort=label | sort: expected one of handled, queued",
          "/api/v1/processes/one | expected the number of a process, and found 'one'",
          "/api/v1/overview?a=b | expected no parameters, and found 'a'",
        })
    void is_told_what_was_expected(String path, String error) throws IOException {
      Peer.Answer answer = peer.get(path);

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).startsWith(error);
    }

    @Test
    void is_refused_if_its_query_is_huge() throws IOException {
      assertThat(peer.get("/api/v1/processes?q=" + "x".repeat(5_000)).status()).isEqualTo(414);
    }

    /** The JDK's server ends such a connection before the request is complete. */
    @Test
    void of_many_megabytes_harms_nobody() {
      String path = "/api/v1/processes?q=" + "x".repeat(10_000_000);

      try {
        assertThat(peer.get(path).status()).isNotEqualTo(200);
      } catch (IOException e) {
        // The connection was closed.
      }
      assertThatNoException()
          .isThrownBy(() -> assertThat(peer.get("/api/v1/overview").status()).isEqualTo(200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"token\":1}", "{} {}", "nothing"})
    void has_a_body_of_the_wrong_form(String body) throws IOException {
      assertThat(peer.post("/api/v1/session", body).status()).isEqualTo(400);
    }

    @Test
    void has_a_body_that_is_too_large() throws IOException {
      assertThat(peer.post("/api/v1/session", " ".repeat(70_000)).status()).isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/", "/api/v1/x", "/api/v2/overview", "/api/v1/overview/x"})
    void asks_what_is_not_there(String path) throws IOException {
      assertThat(peer.get(path).status()).isEqualTo(404);
    }
  }

  @Test
  void the_overview_tells_of_the_program() throws IOException {
    Peer.Answer told = peer.get("/api/v1/overview");

    assertThat(told.at("application", "name")).isEqualTo("tests");
    assertThat(told.at("actions")).isEqualTo(true);
    assertThat(told.at("panels")).isEqualTo(List.of());
    assertThat(told.at("history", 0, "processes")).isNotNull();
  }
}
