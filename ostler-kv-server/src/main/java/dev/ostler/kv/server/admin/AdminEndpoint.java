package dev.ostler.kv.server.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.ostler.Agent;
import dev.ostler.Child;
import dev.ostler.Name;
import dev.ostler.kv.Cluster;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.net.Ports;
import dev.ostler.observer.Observer;
import dev.ostler.observer.Site;
import dev.ostler.observer.http.Hosts;
import dev.ostler.observer.http.HttpListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Metrics and health on an open port, and the process that shows that the runtime works. Used by
 * the thread that opens the store; requests run on threads of their own.
 */
public final class AdminEndpoint implements Endpoint.Bound {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String PLAIN = "text/plain; charset=utf-8";

  /** The others are the observer's. */
  private static final Set<String> PATHS = Set.of("/metrics", "/health/live", "/health/ready");

  /** How many requests for metrics are answered at a time; others are told to come later. */
  private static final int SCRAPES = 4;

  private final Name<Agent<Boolean>> process = Name.unique("kv admin");
  private final Semaphore scrapes = new Semaphore(SCRAPES);
  private final Health health;
  private final Metrics metrics;
  private final Hosts hosts;
  private final BucketsPanel buckets;
  private final Site site;
  private final HttpListener http;

  /**
   * Opens the port.
   *
   * @param names by which the endpoint may be addressed, besides addresses and {@code localhost}
   * @param within how long a process or the disk may take until the server is unhealthy
   * @param observer shows the processes, under all other paths
   * @param node of a store on several nodes; null for a store on one
   * @throws KvException.CannotListen if the port cannot be opened
   */
  public AdminEndpoint(
      Store store,
      InetSocketAddress address,
      Set<String> names,
      Duration within,
      Observer.Spec observer,
      @Nullable Cluster node) {
    this.health = new Health(Agent.at(process), store, within, node);
    this.hosts = new Hosts(names);
    this.metrics = new Metrics(store);
    this.buckets = new BucketsPanel(store);
    if (node == null) {
      this.site = observer.panel(buckets).site();
    } else {
      store.add(new NodeFigures(node));
      this.site = observer.panel(buckets).panel(new NodesPanel(node)).site();
    }
    try {
      this.http = new HttpListener("kv admin", address, this::dispatch);
    } catch (IOException e) {
      closeFigures();
      throw new KvException.CannotListen("admin", Ports.text(address), e);
    }
  }

  @Override
  public InetSocketAddress address() {
    return http.address();
  }

  @Override
  public Child<?> child() {
    return Agent.of(() -> true).named(process).label("kv admin");
  }

  @Override
  public void close() {
    http.close();
    closeFigures();
  }

  private void closeFigures() {
    site.close();
    buckets.close();
    metrics.close();
  }

  // --- Requests

  /** A status, and the text that goes with it. */
  private record Answer(int status, String type, String body) {
    static Answer line(int status, String line) {
      return new Answer(status, PLAIN, line.lines().findFirst().orElse("") + "\n");
    }
  }

  private void dispatch(HttpExchange exchange) {
    String path = String.valueOf(exchange.getRequestURI().getPath());
    if (PATHS.contains(path)) {
      handle(exchange);
    } else {
      site.handle(exchange);
    }
  }

  /** No request harms the store: whatever it throws, its connection is closed. */
  private void handle(HttpExchange exchange) {
    try (exchange) {
      Answer answer;
      try {
        answer = answer(exchange);
      } catch (IOException | RuntimeException | Error e) {
        FullHeap.log("a request to the admin endpoint failed", e);
        answer = Answer.line(500, "this cannot be told now: " + e);
      }
      send(exchange, answer);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a client of the admin endpoint has gone", e);
    }
  }

  private Answer answer(HttpExchange exchange) throws IOException {
    List<String> names = exchange.getRequestHeaders().getOrDefault("Host", List.of());
    boolean known =
        names.stream()
            .allMatch(name -> hosts.accept(name, exchange.getLocalAddress().getAddress()));
    if (names.size() > 1 || !known) {
      return Answer.line(421, "this server does not answer under that name: see --admin-host");
    }
    String path = String.valueOf(exchange.getRequestURI().getPath());
    if (PATHS.contains(path) && !Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Answer.line(405, "only GET and HEAD");
    }
    return switch (path) {
      case "/metrics" -> scrape();
      case "/health/live" -> healthy(health.failure(), "live");
      case "/health/ready" -> healthy(health.hindrance(), health.readiness());
      default -> Answer.line(404, "there are /metrics, /health/live and /health/ready");
    };
  }

  private static Answer healthy(Optional<String> failure, String otherwise) {
    return failure.map(why -> Answer.line(503, why)).orElseGet(() -> Answer.line(200, otherwise));
  }

  private Answer scrape() throws IOException {
    if (!scrapes.tryAcquire()) {
      return Answer.line(503, "too many requests for metrics at a time");
    }
    try {
      return new Answer(200, metrics.contentType(), metrics.text());
    } finally {
      scrapes.release();
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", answer.type);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(answer.status, -1);
      return;
    }
    exchange.sendResponseHeaders(answer.status, body.length);
    exchange.getResponseBody().write(body);
  }
}
