package dev.ostler.kv.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model of a few commands: buckets are maps, and run one command after the other. Immutable; any
 * thread may use it.
 */
public final class KvModel
    implements Linearizability.Model<Map<KvModel.Place, String>, KvModel.Action> {
  /** The place of a value. */
  public record Place(String bucket, String field) {}

  /** A client's action. Its outcome is the reply as {@link String#valueOf(Object)} shows it. */
  public sealed interface Action {
    record Set(Place at, String value) implements Action {}

    record Get(Place at) implements Action {}

    record Delete(Place at) implements Action {}

    record Add(Place at, long amount) implements Action {}

    record Swap(Place at, String old, String value) implements Action {}

    /** Several actions at one moment. */
    record Transaction(List<Action> actions) implements Action {}

    /**
     * The bucket is lost with its content, because its process was ended. This is not a command.
     */
    record Loss(String bucket) implements Action {}
  }

  @Override
  public Map<Place, String> initial() {
    return Map.of();
  }

  @Override
  public Linearizability.Step<Map<Place, String>> apply(Map<Place, String> state, Action action) {
    var next = new HashMap<>(state);
    String outcome = String.valueOf(done(next, action));
    return new Linearizability.Step<>(next, outcome);
  }

  private static @Nullable Object done(Map<Place, String> state, Action action) {
    return switch (action) {
      case Action.Set(Place at, String value) -> state.put(at, value) == null ? 1 : 0;
      case Action.Get(Place at) -> state.get(at);
      case Action.Delete(Place at) -> state.remove(at) == null ? 0 : 1;
      case Action.Add(Place at, long amount) ->
          state.merge(
              at, String.valueOf(amount), (a, b) -> "" + (Long.parseLong(a) + Long.parseLong(b)));
      case Action.Swap(Place at, String old, String value) -> state.replace(at, old, value) ? 1 : 0;
      case Action.Transaction(List<Action> actions) -> {
        var outcomes = new ArrayList<@Nullable Object>();
        actions.forEach(each -> outcomes.add(done(state, each)));
        yield outcomes;
      }
      case Action.Loss(String bucket) -> {
        state.keySet().removeIf(at -> at.bucket().equals(bucket));
        yield null;
      }
    };
  }

  /** The arguments of the command for an action. */
  public static String[] words(Action action) {
    return switch (action) {
      case Action.Set(Place at, String value) -> words("HSET", at, value);
      case Action.Get(Place at) -> words("HGET", at);
      case Action.Delete(Place at) -> words("HDEL", at);
      case Action.Add(Place at, long amount) -> words("HINCRBY", at, String.valueOf(amount));
      case Action.Swap(Place at, String old, String value) -> words("KV.CAS", at, old, value);
      case Action.Transaction _, Action.Loss _ ->
          throw new IllegalArgumentException("no command does this alone: " + action);
    };
  }

  private static String[] words(String name, Place at, String... rest) {
    var words = new ArrayList<>(List.of(name, at.bucket(), at.field()));
    words.addAll(List.of(rest));
    return words.toArray(String[]::new);
  }
}
