import dev.ostler.*;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A process for each session. It ends when nobody has used it for half an hour.
 *
 * <p>The registry finds a session by its id and asks no process. A session that ends is gone from
 * it in the same step. Nothing has to clean up, and a session that crashes harms no other.
 */
record SessionStore(Registry<String, Void> ids, DynamicSupervisor sessions) {
  static final Duration IDLE = Duration.ofMinutes(30);

  static final class Session
      implements GenServer<Map<String, String>, Session.Request<?>, Cast<Session>> {
    sealed interface Request<R> extends Call<Session, R> {}

    record Put(String key, String value) implements Request<Integer> {}

    record Get(String key) implements Request<Optional<String>> {}

    private record End(int use) {}

    private int uses;

    @Override
    public Init<Map<String, String>> init() {
      used();
      return Init.ok(new TreeMap<>());
    }

    @Override
    public Next<Map<String, String>> handleCall(
        Request<?> request, From<?> from, Map<String, String> values) {
      used();
      return switch (request) {
        case Get get -> get.reply(Optional.ofNullable(values.get(get.key())), values);
        case Put put -> {
          values.put(put.key(), put.value());
          yield put.reply(values.size(), values);
        }
      };
    }

    /** The end that belongs to an earlier use comes, too, and means nothing. */
    private void used() {
      uses++;
      Self.sendAfter(new End(uses), IDLE);
    }

    @Override
    public Next<Map<String, String>> handleInfo(Object message, Map<String, String> values) {
      return message instanceof End(int use) && use == uses
          ? Next.stop(ExitReason.NORMAL, values)
          : Next.noReply(values);
    }
  }

  ServerRef<Session> begin(String id) {
    Name<Session> name = ids.via(id);
    sessions.startChild(GenServer.of(Session::new).named(name).restart(Restart.TEMPORARY));
    return name;
  }

  Optional<ServerRef<Session>> find(String id) {
    return ids.whereis(id).map(_ -> ids.via(id));
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install();
    var store =
        new SessionStore(Registry.<String, Void>unique().start(), DynamicSupervisor.of().start());

    ServerRef<Session> zoe = store.begin("zoe");
    Self.monitor(zoe.pid());
    zoe.call(new Session.Put("cart", "milk"));
    clock.advance(Duration.ofMinutes(20));
    IO.println(store.find("zoe").orElseThrow().call(new Session.Get("cart")));
    clock.advance(Duration.ofMinutes(20)); // 20 since its last use
    IO.println(store.find("zoe").isPresent());
    clock.advance(Duration.ofMinutes(10));
    IO.println(Self.receive(Down.class).reason());
    IO.println(store.find("zoe").isPresent());
  }
}

/* Prints:
Optional[milk]
true
normal
false
*/
