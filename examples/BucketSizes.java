import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandlers;
import com.sun.net.httpserver.HttpServer;
import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.Name;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.stream.Collectors;

/** An endpoint of one's own: how many keys each bucket has, over HTTP. Its process numbers pages. */
record BucketSizes(Name<Agent<Integer>> process) implements Endpoint {
  @Override
  public String name() {
    return "sizes";
  }

  @Override
  public Bound bind(Kv kv) {
    var any = new InetSocketAddress("127.0.0.1", 0);
    try {
      var http = HttpServer.create(any, 0);
      http.createContext("/", exchange -> answer(exchange, kv));
      http.start();
      return new Listening(http, http.getAddress(), Agent.of(() -> 1).named(process));
    } catch (IOException e) {
      throw new KvException.CannotListen(name(), any.toString(), e);
    }
  }

  private void answer(HttpExchange exchange, Kv kv) throws IOException {
    try {
      String page =
          Agent.at(process).getAndUpdate(n -> new Agent.Update<>("page " + n + sizes(kv), n + 1));
      HttpHandlers.of(200, Headers.of(), page).handle(exchange);
    } catch (CallException e) { // the process has ended; its supervisor starts the next one
      HttpHandlers.of(503, Headers.of(), "try again\n").handle(exchange);
    }
  }

  private static String sizes(Kv kv) {
    var buckets = kv.names().stream().flatMap(name -> kv.lookup(name).stream());
    var lines = buckets.map(bucket -> bucket.name() + " " + bucket.size() + "\n");
    return lines.collect(Collectors.joining("", "\n", ""));
  }

  /** The port is open until the store closes; the process may be another by then. */
  record Listening(HttpServer http, InetSocketAddress address, Child<?> child) implements Bound {
    @Override
    public void close() {
      http.stop(0);
    }
  }
}
