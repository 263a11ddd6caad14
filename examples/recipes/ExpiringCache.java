import dev.ostler.*;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Remembers values for some time.
 *
 * <p>Each entry has a timer, which sends the server a message. The message names the entry, not
 * only the key: a value that was put anew lives its full time. Values are loaded by the callers, so
 * that a slow one holds up nobody else.
 */
record ExpiringCache(Duration time)
    implements GenServer<
        Map<String, ExpiringCache.Entry>, ExpiringCache.Find, ExpiringCache.Put> {

  record Entry(String value) {
    @Override
    public boolean equals(Object other) {
      return this == other; // two entries with the same value are two
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  record Find(String key) implements Call<ExpiringCache, Optional<String>> {}

  record Put(String key, String value) implements Cast<ExpiringCache> {}

  private record Expired(String key, Entry entry) {}

  @Override
  public Init<Map<String, Entry>> init() {
    return Init.ok(new HashMap<>());
  }

  @Override
  public Next<Map<String, Entry>> handleCall(
      Find find, From<?> from, Map<String, Entry> entries) {
    return find.reply(Optional.ofNullable(entries.get(find.key())).map(Entry::value), entries);
  }

  @Override
  public Next<Map<String, Entry>> handleCast(Put put, Map<String, Entry> entries) {
    var entry = new Entry(put.value());
    entries.put(put.key(), entry);
    Self.sendAfter(new Expired(put.key(), entry), time);
    return Next.noReply(entries);
  }

  @Override
  public Next<Map<String, Entry>> handleInfo(Object message, Map<String, Entry> entries) {
    if (message instanceof Expired(var key, var entry)) {
      entries.remove(key, entry);
    }
    return Next.noReply(entries);
  }

  /** What users hold. */
  record Cache(ServerRef<ExpiringCache> server, Function<String, String> load) {
    String get(String key) {
      Optional<String> known = server.call(new Find(key));
      if (known.isPresent()) {
        return known.get();
      }
      String value = load.apply(key); // on the caller's thread
      server.cast(new Put(key, value));
      return value;
    }
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install();
    var server = GenServer.of(() -> new ExpiringCache(Duration.ofMinutes(10))).start();
    var cache =
        new Cache(
            server,
            key -> {
              IO.println("load " + key);
              return key.toUpperCase();
            });
    IO.println(cache.get("milk"));
    IO.println(cache.get("milk"));
    clock.advance(Duration.ofMinutes(10));
    IO.println(cache.get("milk"));
  }
}

/* Prints:
load milk
MILK
MILK
load milk
MILK
*/
