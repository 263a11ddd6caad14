import dev.ostler.*;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Lends connections, each to one borrower. A borrower that finds none waits for the next one.
 *
 * <p>The pool watches its borrowers. If one ends without giving back, its connection is replaced by
 * a new one: nobody knows in which state the old one is. So no connection is ever lost.
 */
record ConnectionPool(int size, Supplier<String> open)
    implements GenServer<ConnectionPool.State, ConnectionPool.Borrow, ConnectionPool.GiveBack> {

  /** A connection, as long as its borrower keeps it. */
  record Lease(MonitorRef ref, String connection) {}

  /** The borrower must be a process: else the pool cannot watch it. */
  record Borrow() implements Call<ConnectionPool, Lease> {}

  record GiveBack(Lease lease) implements Cast<ConnectionPool> {}

  record State(Deque<String> idle, Deque<From<Lease>> waiting, Map<MonitorRef, String> lent) {}

  @Override
  public Init<State> init() {
    var state = new State(new ArrayDeque<>(), new ArrayDeque<>(), new HashMap<>());
    for (int i = 0; i < size; i++) {
      state.idle().add(open.get());
    }
    return Init.ok(state);
  }

  @Override
  public Next<State> handleCall(Borrow borrow, From<?> from, State state) {
    state.waiting().add(borrow.from(from));
    return lend(state);
  }

  @Override
  public Next<State> handleCast(GiveBack back, State state) {
    MonitorRef ref = back.lease().ref();
    String connection = state.lent().remove(ref);
    if (connection != null) { // else it was given back before
      Self.demonitor(ref, true);
      state.idle().add(connection);
    }
    return lend(state);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) {
    if (message instanceof Down down && state.lent().remove(down.ref()) != null) {
      state.idle().add(open.get());
    }
    return lend(state);
  }

  private static Next<State> lend(State state) {
    while (!state.idle().isEmpty() && !state.waiting().isEmpty()) {
      From<Lease> borrower = state.waiting().remove();
      MonitorRef ref = Self.monitor(borrower.pid().orElseThrow()); // Down at once if it is dead
      String connection = state.idle().remove();
      state.lent().put(ref, connection);
      borrower.reply(new Lease(ref, connection));
    }
    return Next.noReply(state);
  }

  static void main() {
    Processes.attach();
    Pid main = Self.pid();
    var opened = new AtomicInteger();
    Supplier<String> open = () -> "connection " + opened.incrementAndGet();
    var pool = GenServer.of(() -> new ConnectionPool(1, open)).start();

    Lease first = pool.call(new Borrow());
    IO.println(first.connection());
    pool.cast(new GiveBack(first));

    Pid careless =
        Processes.spawn(
            "careless",
            () -> {
              main.send(pool.call(new Borrow()));
              Self.receive(); // keeps it for ever
            });
    IO.println(Self.receive(Lease.class).connection() + ", for another process");
    careless.exit(ExitReason.KILL);
    IO.println(pool.call(new Borrow()).connection() + ", after that has died");
  }
}

/* Prints:
connection 1
connection 1, for another process
connection 2, after that has died
*/
