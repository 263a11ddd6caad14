package dev.ostler.kv;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.StatusReport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The process behind a {@link Bucket}: one map, and who wants to hear of its changes.
 *
 * <p>Direct: its callbacks never block, and mostly run on the caller's thread. All buckets of a
 * store share one of these, and one description of how to start them, so that a bucket costs no
 * more than its process and its state.
 */
final class BucketServer
    implements GenServer<BucketServer.State, BucketServer.Request<?>, BucketServer.Called> {
  private final Limits limits;

  BucketServer(Limits limits) {
    this.limits = limits;
  }

  /** How buckets are started. In memory one that ends has nothing to come back with: temporary. */
  static ServerChild<BucketServer, ServerRef<BucketServer>> child(Supplier<BucketServer> factory) {
    return GenServer.of(factory)
        .label("bucket")
        .direct()
        .restart(Restart.TEMPORARY)
        .shutdown(Shutdown.BRUTAL_KILL);
  }

  /** What a bucket is asked, and gives an {@code R} for. */
  sealed interface Request<R> extends Call<BucketServer, R> permits Operation, Subscribe {}

  /** Tells the subscriber of every change from now on, until it ends. */
  record Subscribe(Subscriber subscriber) implements Request<Boolean> {}

  /** Its name, which is all a bucket is told without an answer: for reports. */
  record Called(String name) implements Cast<BucketServer> {}

  /** What a bucket holds. Changed in place, by its own process only. */
  static final class State {
    private final Entries entries;
    private String name = "";
    private Map<MonitorRef, Subscriber> subscribers = Map.of(); // few buckets have any

    State(Entries entries) {
      this.entries = entries;
    }

    private void publish(String change) {
      subscribers.values().forEach(subscriber -> subscriber.offer(change));
    }
  }

  @Override
  public Init<State> init() {
    return Init.ok(new State(new Entries(limits.keys())));
  }

  @Override
  public Next<State> handleCall(Request<?> request, From<?> from, State state) {
    return switch (request) {
      case Operation<?> operation -> perform(operation, state);
      case Subscribe subscribe -> {
        if (state.subscribers.isEmpty()) {
          state.subscribers = new LinkedHashMap<>();
        }
        Subscriber subscriber = subscribe.subscriber();
        state.subscribers.put(Self.monitor(subscriber.pid()), subscriber);
        yield subscribe.reply(true, state);
      }
    };
  }

  @Override
  public Next<State> handleCast(Called called, State state) {
    state.name = called.name();
    return Next.noReply(state);
  }

  private <R> Next<State> perform(Operation<R> operation, State state) {
    R result = operation.applyTo(state.entries);
    if (!state.subscribers.isEmpty()) {
      operation.change(result).map(Change::text).ifPresent(state::publish);
    }
    return operation.reply(result, state);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) throws Exception {
    if (message instanceof Down down) {
      if (!state.subscribers.isEmpty()) {
        state.subscribers.remove(down.ref());
      }
      return Next.noReply(state);
    }
    return GenServer.super.handleInfo(message, state);
  }

  /** Shows the name and the number of keys: what users keep is not for logs. */
  @Override
  public StatusReport formatStatus(StatusReport status) {
    StatusReport shown = status;
    if (status.state() instanceof State state) {
      int keys = state.entries.size();
      int subscribers = state.subscribers.size();
      shown =
          status.state(
              "bucket %s with %d keys and %d subscribers".formatted(state.name, keys, subscribers));
    }
    return status.message().isPresent()
        ? shown.message(status.message().get().getClass().getSimpleName())
        : shown;
  }
}
