package dev.ostler.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Child;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Self;
import dev.ostler.kv.Kv;
import dev.ostler.spring.boot.SupervisedBeans;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** The whole application, started once; the tests are its life, in order. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShopTest {
  private static final List<String> AT_THE_END = new CopyOnWriteArrayList<>();

  private static ConfigurableApplicationContext shop;
  private static HttpClient http;
  private static int port;

  @BeforeAll
  static void open() {
    shop =
        new SpringApplicationBuilder(ShopApplication.class, LastBean.class)
            .properties(
                "server.port=0",
                "server.address=127.0.0.1",
                "ostler.metrics.moment=0s", // what has just happened is seen
                "logging.level.root=off")
            .run();
    port = shop.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  static void close() {
    shop.close();
    http.close();
  }

  @Test
  @Order(1)
  void serves_requests_through_supervised_servers() throws Exception {
    assertThat(post("/stock/milk?count=2").body()).isEqualTo("2");
    assertThat(post("/orders/milk").body()).isEqualTo("sold");
    assertThat(get("/sales").body()).isEqualTo("1");
    assertThat(post("/orders/gold").body()).isEqualTo("sold out");
  }

  @Test
  @Order(2)
  void tells_the_health_of_its_servers() throws Exception {
    HttpResponse<String> health = get("/actuator/health");

    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body())
        .containsPattern("\"stockServer\":\\{[^}]*\"restarts\":0")
        .containsPattern("\"salesServer\":\\{[^}]*\"running\":true");
  }

  @Test
  @Order(3)
  void survives_the_crash_of_a_server_without_losing_its_stock() throws Exception {
    assertThat(post("/stock/milk?count=many").statusCode()).isEqualTo(503);

    shop.getBean(SupervisedBeans.class).supervisor().children(); // answered after the restart
    assertThat(post("/orders/milk").body()).isEqualTo("sold");
    assertThat(get("/sales").body()).as("another server's state").isEqualTo("2");
  }

  @Test
  @Order(4)
  void shows_the_crash_in_the_health() throws Exception {
    HttpResponse<String> health = get("/actuator/health");

    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body())
        .containsPattern("\"stockServer\":\\{[^}]*\"restarts\":1")
        .containsPattern("\"salesServer\":\\{[^}]*\"restarts\":0");
    assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
  }

  @Test
  @Order(5)
  void shows_the_crash_in_the_metrics() throws Exception {
    get("/actuator/metrics/ostler.scheduler.workers"); // a read makes the meters of new labels
    assertThat(metric("ostler.process.restarts", "label:stock")).isEqualTo("1.0");
    assertThat(metric("ostler.process.restarts", "label:sales")).isEqualTo("0.0");
    assertThat(metric("ostler.processes", "label:stock")).isEqualTo("1.0");
  }

  @Test
  @Order(6)
  void stops_the_web_server_then_the_servers_then_the_store() {
    Kv kv = shop.getBean(Kv.class);
    assertThat(kv.names()).containsExactly("stock");

    shop.close();

    assertThat(AT_THE_END).containsExactly("no web server", "a store with [stock]");
    assertThat(kv.lookup("stock")).isEmpty();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return ask(HttpRequest.newBuilder().GET(), path);
  }

  private static HttpResponse<String> post(String path) throws Exception {
    return ask(HttpRequest.newBuilder().POST(BodyPublishers.noBody()), path);
  }

  private static HttpResponse<String> ask(HttpRequest.Builder request, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return http.send(request.uri(uri).build(), BodyHandlers.ofString());
  }

  /** The value of a meter with this tag, in digits. */
  private static String metric(String name, String tag) throws Exception {
    String body = get("/actuator/metrics/" + name + "?tag=" + tag).body();
    return body.replaceAll("(?s).*\"value\":([0-9.]+).*", "$1");
  }

  /** A server that starts after those of the application, and so ends before them. */
  record Last(Kv kv) implements GenServer<Integer, Call<Last, Void>, Cast<Last>> {
    @Override
    public Init<Integer> init() {
      Self.trapExits(true); // so that terminate is called
      return Init.ok(0);
    }

    @Override
    public void terminate(ExitReason reason, Integer state) throws IOException {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        AT_THE_END.add("a web server on " + socket.getPort());
      } catch (ConnectException refused) {
        AT_THE_END.add("no web server");
      }
      AT_THE_END.add("a store with " + kv.names());
    }
  }

  static class LastBean {
    @Bean
    Child<?> last(Kv kv) {
      return GenServer.of(() -> new Last(kv));
    }
  }
}
