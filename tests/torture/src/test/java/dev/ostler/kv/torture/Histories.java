package dev.ostler.kv.torture;

import dev.ostler.kv.server.KvModel;
import dev.ostler.kv.server.KvModel.Action;
import dev.ostler.kv.server.KvModel.Place;
import dev.ostler.kv.server.Linearizability;
import dev.ostler.kv.server.Linearizability.Operation;
import dev.ostler.kv.server.RandomActions;
import dev.ostler.kv.server.RandomActions.Kind;
import dev.ostler.kv.server.RespPeer;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * What clients do with two buckets at the same time, and what they are told. After a while they go
 * on with two others, because a history with many unknown outcomes cannot be checked. Any thread
 * may play, one checks.
 */
final class Histories {
  private static final int MOST_OPERATIONS = 120;
  private static final int MOST_UNKNOWN = 5;
  private static final int FIELDS = 2; // as RandomActions has them

  /** Two buckets, and all that was done with them. */
  private record Pair(
      List<String> buckets, Queue<Operation<Action>> history, AtomicInteger unknown) {
    boolean isFull() {
      return history.size() >= MOST_OPERATIONS || unknown.get() >= MOST_UNKNOWN;
    }

    String text() {
      return history.stream()
          .sorted(Comparator.comparingLong(Operation::called))
          .map(Operation::toString)
          .collect(Collectors.joining("\n", "buckets " + buckets + "\n", "\n\n"));
    }
  }

  /** What the checker says. */
  record Check(int histories, int unchecked, List<String> unexplained) {}

  private final String prefix;
  private final Queue<Pair> all = new ConcurrentLinkedQueue<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private volatile Pair current;

  /** Histories of buckets whose names begin like this. */
  Histories(String prefix) {
    this.prefix = prefix;
    this.current = fresh();
  }

  private Pair fresh() {
    String number = prefix + numbers.getAndIncrement();
    var pair =
        new Pair(
            List.of(number + "a", number + "b"),
            new ConcurrentLinkedQueue<>(),
            new AtomicInteger());
    all.add(pair);
    return pair;
  }

  private synchronized Pair current() {
    if (current.isFull()) {
      current = fresh();
    }
    return current;
  }

  /** Does something; the answer is that to the last action. */
  Client.Answer play(Client client, Random random) {
    Pair pair = current();
    List<Action> actions = new RandomActions(random, pair.buckets, List.of(Kind.values())).next();
    long called = System.nanoTime();
    List<Client.Answer> answers = client.ask(actions.stream().map(Histories::request).toList());
    long returned = System.nanoTime();
    for (int i = 0; i < actions.size(); i++) {
      switch (answers.get(i)) {
        case Client.Answer.Done(Object reply, _) ->
            pair.history.add(
                new Operation<>(
                    actions.get(i), Optional.of(String.valueOf(reply)), called, returned));
        case Client.Answer.Unknown _ -> {
          pair.history.add(new Operation<>(actions.get(i), Optional.empty(), called, returned));
          pair.unknown.incrementAndGet();
        }
        case Client.Answer.Refused _ -> {} // nothing was done
      }
    }
    return answers.getLast();
  }

  private static Client.Request request(Action action) {
    if (!(action instanceof Action.Transaction(List<Action> parts))) {
      return new Client.Request(RespPeer.encoded(KvModel.words(action)), 1);
    }
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(RespPeer.encoded("MULTI"));
    for (Action part : parts) {
      bytes.writeBytes(RespPeer.encoded(KvModel.words(part)));
    }
    bytes.writeBytes(RespPeer.encoded("EXEC"));
    return new Client.Request(bytes.toByteArray(), 2 + parts.size());
  }

  /** Reads what is there at last, and looks for an order that explains each history. */
  Check check(Patient client) throws InterruptedException {
    var unexplained = new ArrayList<String>();
    int unchecked = 0;
    for (Pair pair : all) {
      var reads = new ArrayList<Action>();
      for (String bucket : pair.buckets) {
        for (int field = 0; field < FIELDS; field++) {
          reads.add(new Action.Get(new Place(bucket, "f" + field)));
        }
      }
      var last = new Action.Transaction(reads);
      long called = System.nanoTime();
      Object reply = client.ask(request(last));
      pair.history.add(
          new Operation<>(last, Optional.of(String.valueOf(reply)), called, System.nanoTime()));
      try {
        if (!Linearizability.holds(new KvModel(), List.copyOf(pair.history))) {
          unexplained.add(pair.text());
        }
      } catch (IllegalStateException e) {
        unchecked++;
      }
    }
    return new Check(all.size(), unchecked, unexplained);
  }
}
