package dev.ostler.bench;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.ServerRef;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Two kinds of servers besides {@link Counter}: after they have used each path, the compiler has
 * seen several kinds on it, as in a program.
 */
final class OtherKinds {
  private static final int TIMES = 20_000;
  private static final int STARTS = 2_000;

  private OtherKinds() {}

  /** Is on or off. */
  private record Switch() implements GenServer<Boolean, Switch.IsOn, Switch.Set> {
    record IsOn() implements Call<Switch, Boolean> {}

    record Set(boolean on) implements Cast<Switch> {}

    @Override
    public Init<Boolean> init() {
      return Init.ok(false);
    }

    @Override
    public Next<Boolean> handleCall(IsOn request, From<?> from, Boolean on) {
      return request.reply(on, on);
    }

    @Override
    public Next<Boolean> handleCast(Set set, Boolean on) {
      return Next.noReply(set.on());
    }
  }

  /** Keeps the last words of what it is told. */
  private record Echo() implements GenServer<String, Echo.Last, Echo.Say> {
    record Last() implements Call<Echo, String> {}

    record Say(String words) implements Cast<Echo> {}

    @Override
    public Init<String> init() {
      return Init.ok("");
    }

    @Override
    public Next<String> handleCall(Last request, From<?> from, String last) {
      return request.reply(last, last);
    }

    @Override
    public Next<String> handleCast(Say say, String last) {
      return Next.noReply(say.words());
    }
  }

  /** Calls, casts and starts servers of both kinds, direct and not, from threads and processes. */
  static void useEachPath() {
    var isOn = new Switch.IsOn();
    var on = new Switch.Set(true);
    use(
        () -> GenServer.of(Switch::new).start(),
        () -> GenServer.of(Switch::new).direct().start(),
        server -> server.call(isOn),
        server -> server.cast(on));
    var last = new Echo.Last();
    var say = new Echo.Say("hello");
    use(
        () -> GenServer.of(Echo::new).start(),
        () -> GenServer.of(Echo::new).direct().start(),
        server -> server.call(last),
        server -> server.cast(say));
  }

  private static <G extends GenServer<?, ?, ?>> void use(
      Supplier<ServerRef<G>> plain,
      Supplier<ServerRef<G>> direct,
      Consumer<ServerRef<G>> call,
      Consumer<ServerRef<G>> cast) {
    Threads.virtual(8, () -> useOne(plain.get(), call, cast));
    Threads.virtual(8, () -> useOne(direct.get(), call, cast));
    Threads.process(() -> useOne(plain.get(), call, cast));
    Threads.process(() -> useOne(direct.get(), call, cast));
    ServerRef<G> shared = plain.get();
    Threads.virtual(8, () -> repeat(TIMES, () -> call.accept(shared)));
    shared.stop();
    Threads.virtual(1, () -> repeat(STARTS, () -> start(plain.get(), call)));
    Threads.virtual(1, () -> repeat(STARTS, () -> start(direct.get(), call)));
  }

  private static <G extends GenServer<?, ?, ?>> boolean useOne(
      ServerRef<G> server, Consumer<ServerRef<G>> call, Consumer<ServerRef<G>> cast) {
    repeat(TIMES, () -> call.accept(server));
    repeat(TIMES, () -> cast.accept(server));
    call.accept(server);
    server.stop();
    return true;
  }

  private static <G extends GenServer<?, ?, ?>> void start(
      ServerRef<G> server, Consumer<ServerRef<G>> call) {
    call.accept(server);
    server.stop();
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }
}
