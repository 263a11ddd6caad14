package dev.ostler.kv.server;

import dev.ostler.kv.server.KvModel.Action;
import dev.ostler.kv.server.KvModel.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random actions on a few buckets with few fields, so that clients meet each other there. Used by
 * one thread.
 */
public final class RandomActions {
  private static final int FIELDS = 2;

  private final Random random;
  private final List<String> buckets;
  private final List<Kind> kinds;

  /** Kinds of actions; mostly writes. */
  public enum Kind {
    SET,
    GET,
    DELETE,
    ADD,
    SWAP,
    TRANSACTION
  }

  public RandomActions(Random random, List<String> buckets, List<Kind> kinds) {
    this.random = random;
    this.buckets = buckets;
    this.kinds = kinds;
  }

  /** One action, or sometimes a few that are sent at once. */
  public List<Action> next() {
    int count = random.nextInt(5) == 0 ? 3 : 1;
    var actions = new ArrayList<Action>();
    while (actions.size() < count) {
      Kind kind = kinds.get(random.nextInt(kinds.size()));
      actions.add(kind == Kind.TRANSACTION ? transaction() : simple(kind));
    }
    return actions;
  }

  private Action transaction() {
    var actions = new ArrayList<Action>();
    for (int left = random.nextInt(2, 5); left > 0; left--) {
      actions.add(simple(kinds.get(random.nextInt(kinds.size()))));
    }
    return new Action.Transaction(actions);
  }

  private Action simple(Kind kind) {
    var at = new Place(buckets.get(random.nextInt(buckets.size())), "f" + random.nextInt(FIELDS));
    return switch (kind) {
      case SET, TRANSACTION -> new Action.Set(at, number());
      case GET -> new Action.Get(at);
      case DELETE -> new Action.Delete(at);
      case ADD -> new Action.Add(at, random.nextInt(1, 3));
      case SWAP -> new Action.Swap(at, number(), number());
    };
  }

  private String number() {
    return String.valueOf(random.nextInt(4));
  }
}
