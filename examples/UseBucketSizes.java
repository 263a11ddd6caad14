import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Adds the endpoint {@code BucketSizes} to a store, and kills its process. */
class UseBucketSizes {
  void main() throws Exception {
    var sizes = new BucketSizes(Name.unique("bucket sizes"));
    try (Kv kv = Kv.open(KvConfig.inMemory().with(sizes))) {
      kv.create("shopping").put("eggs", "12");
      kv.create("tools");
      IO.print(get(kv).body()); // page 1
      IO.print(get(kv).body()); // page 2
      sizes.process().pid().exit(ExitReason.KILL);
      var page = get(kv);
      while (page.statusCode() == 503) {
        page = get(kv);
      }
      IO.print(page.body()); // page 1 of the next process, and the buckets are as they were
    }
  }

  private static HttpResponse<String> get(Kv kv) throws Exception {
    var uri = URI.create("http://127.0.0.1:" + kv.port("sizes"));
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }
}
