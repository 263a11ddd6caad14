package dev.ostler.bench;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Self;
import java.util.HashMap;
import java.util.Map;

/**
 * The tutorial's registry: buckets are agents, found by name, monitored, forgotten when they stop.
 */
final class BucketRegistry
    implements GenServer<BucketRegistry.Names, BucketRegistry.Request<?>, BucketRegistry.Create> {
  sealed interface Request<R> extends Call<BucketRegistry, R> {}

  record Size() implements Request<Integer> {}

  /** The same as the cast, for a caller that waits. */
  record CreateNow(String name) implements Request<Boolean> {}

  record Create(String name) implements Cast<BucketRegistry> {}

  record Names(Map<String, Agent<Map<String, Object>>> buckets, Map<MonitorRef, String> refs) {}

  @Override
  public Init<Names> init() {
    return Init.ok(new Names(new HashMap<>(), new HashMap<>()));
  }

  @Override
  public Next<Names> handleCall(Request<?> request, From<?> from, Names names) {
    return switch (request) {
      case Size size -> size.reply(names.refs().size(), names);
      case CreateNow create -> {
        create(create.name(), names);
        yield create.reply(true, names);
      }
    };
  }

  @Override
  public Next<Names> handleCast(Create create, Names names) {
    create(create.name(), names);
    return Next.noReply(names);
  }

  @Override
  public Next<Names> handleInfo(Object message, Names names) {
    if (message instanceof Down(var ref, var pid, var reason)
        && names.refs().remove(ref) instanceof String name) {
      names.buckets().remove(name);
    }
    return Next.noReply(names);
  }

  private static void create(String name, Names names) {
    names
        .buckets()
        .computeIfAbsent(
            name,
            n -> {
              Agent<Map<String, Object>> bucket = Agent.start(HashMap::new);
              names.refs().put(Self.monitor(bucket.pid()), n);
              return bucket;
            });
  }
}
