import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Child;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.stream.Collectors;

/** An endpoint of one's own: how many keys each bucket has, over HTTP. */
class BucketSizes implements Endpoint {
  /** The process that answers. Its requests: the sizes, and a fault, to see it restarted. */
  record Sizes(Kv kv) implements GenServer<Integer, Sizes.Page, Cast<Sizes>> {
    record Page(boolean faulty) implements Call<Sizes, String> {}

    @Override
    public Init<Integer> init() {
      return Init.ok(1);
    }

    @Override
    public Next<Integer> handleCall(Page page, From<?> from, Integer number) {
      if (page.faulty()) {
        throw new IllegalStateException("asked for a fault");
      }
      var sizes = kv.names().stream().flatMap(name -> kv.lookup(name).stream());
      var lines = sizes.map(bucket -> bucket.name() + " " + bucket.size() + "\n");
      return page.reply("page " + number + "\n" + lines.collect(Collectors.joining()), number + 1);
    }
  }

  @Override
  public String name() {
    return "sizes";
  }

  @Override
  public Bound bind(Kv kv) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0); // any free port
    try {
      return new Listening(HttpServer.create(address, 0), Name.unique("bucket sizes"), kv);
    } catch (IOException e) {
      throw new KvException.CannotListen(name(), address.toString(), e);
    }
  }

  /** The port is open until the store closes; the process behind it may be another by then. */
  record Listening(HttpServer http, Name<Sizes> process, Kv kv) implements Bound {
    Listening {
      http.createContext("/", exchange -> answer(exchange, process));
      http.start();
    }

    static void answer(HttpExchange exchange, Name<Sizes> process) throws IOException {
      int status = 200;
      String text;
      try {
        text = process.call(new Sizes.Page(exchange.getRequestURI().getPath().equals("/fault")));
      } catch (CallException e) { // the process has ended: its supervisor starts the next one
        status = 503;
        text = "try again\n";
      }
      byte[] bytes = text.getBytes();
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    @Override
    public InetSocketAddress address() {
      return http.getAddress();
    }

    @Override
    public Child<?> child() {
      return GenServer.of(() -> new Sizes(kv)).named(process);
    }

    @Override
    public void close() {
      http.stop(0);
    }
  }

  void main() throws Exception {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(new BucketSizes()))) {
      kv.create("shopping").put("eggs", "12");
      kv.create("tools");
      IO.print(get(kv, "/").body()); // page 1
      IO.print(get(kv, "/").body()); // page 2
      IO.print(get(kv, "/fault").body()); // it crashes
      var page = get(kv, "/");
      while (page.statusCode() == 503) {
        page = get(kv, "/");
      }
      IO.print(page.body()); // page 1 of the next process, and the buckets are as they were
    }
  }

  private static HttpResponse<String> get(Kv kv, String path) throws Exception {
    var uri = URI.create("http://127.0.0.1:" + kv.port("sizes") + path);
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }
}
