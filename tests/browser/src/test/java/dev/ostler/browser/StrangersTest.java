package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandlers;
import com.sun.net.httpserver.HttpServer;
import dev.ostler.Pid;
import dev.ostler.observer.Observer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages of others, in the browser of somebody who has entered the token: what they may do to the
 * processes.
 */
class StrangersTest {
  private static final String TOKEN = "a-token-for-the-tests";

  private Shop shop;
  private Pid customer;
  private Observer observer;
  private Tab own;
  private Page strange;

  @BeforeAll
  static void need() {
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
  }

  @BeforeEach
  void open() {
    shop = new Shop();
    customer = shop.customer("Eve's aim").pid();
    observer = Observer.on(0).token(TOKEN).serve();
    own = Tab.open(Chromium.get().browser(), observer.uri(), 1280, ColorScheme.LIGHT);
    own.process(customer);
    own.enterToken(TOKEN);
    strange = own.beside();
  }

  @AfterEach
  void close() {
    own.close();
    observer.close();
    shop.close();
  }

  private String kill() {
    return "api/v1/processes/" + customer.id() + "/kill";
  }

  private static boolean isPost(Response answer) {
    return answer.request().method().equals("POST");
  }

  /** The one that is of the same site, but for its port, sends the cookie along. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "evil.example"})
  void cannot_kill_from_another_origin(String host) throws IOException {
    String aim = observer.uri() + kill();
    HttpServer site = site("<form method=post action=" + aim + "><button>Win</button></form>");
    try {
      strange.navigate("http://" + host + ":" + site.getAddress().getPort() + "/");
      strange.evaluate(
          "async (url) => { const how = { method: 'POST', mode: 'no-cors',"
              + " credentials: 'include' };"
              + " await fetch(url, how).catch(() => 0); }",
          aim);
      boolean survived = customer.isAlive(); // the answer has come, though nobody can read it
      Object read =
          strange.evaluate(
              "(url) => fetch(url, { method: 'POST', headers: { Authorization: 'Bearer "
                  + TOKEN
                  + "' } }).then(() => 'answered', () => 'refused')",
              aim);
      Response sent =
          strange.waitForResponse(
              StrangersTest::isPost, () -> strange.getByRole(AriaRole.BUTTON).click());

      assertThat(survived).isTrue();
      assertThat(read).isEqualTo("refused");
      assertThat(sent.status()).isEqualTo(403);
      assertThat(sent.request().allHeaders().containsKey("cookie"))
          .isEqualTo(host.equals("127.0.0.1"));
      assertThat(customer.isAlive()).isTrue();
    } finally {
      site.stop(0);
    }
  }

  /** What everybody gets there who asks. */
  private static HttpServer site(String body) throws IOException {
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer site = HttpServer.create(any, 0);
    site.createContext("/", HttpHandlers.of(200, Headers.of("Content-Type", "text/html"), body));
    site.start();
    return site;
  }

  /** The browser takes the page for one of evil.example, and asks as if for its own server. */
  @Test
  void cannot_kill_by_a_name_that_was_rebound() {
    Response page = strange.navigate("http://evil.example:" + observer.port() + "/");
    Object status =
        strange.evaluate(
            "async ([path, token]) => (await fetch(path, { method: 'POST', headers: {"
                + " Authorization: `Bearer ${token}` } })).status",
            List.of("/" + kill(), TOKEN));

    assertThat(page.status()).isEqualTo(421);
    assertThat(status).isEqualTo(421);
    assertThat(customer.isAlive()).isTrue();
  }

  @Test
  void leave_the_own_page_as_it_is() {
    own.button("Kill…").click();
    own.button("Kill").click();

    assertThat(own.page().locator(".failure")).containsText("has ended");
    assertThat(customer.isAlive()).isFalse();
  }
}
