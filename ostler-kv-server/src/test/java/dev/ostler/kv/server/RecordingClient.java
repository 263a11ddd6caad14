package dev.ostler.kv.server;

import dev.ostler.kv.server.KvModel.Action;
import dev.ostler.kv.server.Linearizability.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A client that records its actions, their outcomes and the times. Used by one thread. */
final class RecordingClient {
  private final int port;
  private final RandomActions actions;
  private final Collection<Operation<Action>> history;

  /**
   * Creates a client.
   *
   * @param history shared with other clients
   */
  RecordingClient(int port, RandomActions actions, Collection<Operation<Action>> history) {
    this.port = port;
    this.actions = actions;
    this.history = history;
  }

  /** Does this many actions, and releases a permit after each. */
  void play(int steps, Semaphore permits) throws IOException {
    RespPeer peer = new RespPeer(port);
    try {
      for (int step = 0; step < steps; step++) {
        List<Action> batch = actions.next();
        if (!isDone(peer, batch)) {
          peer.close();
          peer = new RespPeer(port);
        }
        permits.release();
      }
    } finally {
      peer.close();
      permits.release(steps); // the thread that waits for permits must not wait for a failed client
    }
  }

  /** False if the connection has ended. */
  private boolean isDone(RespPeer peer, List<Action> batch) throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (Action action : batch) {
      bytes.write(encoded(action));
    }
    long called = System.nanoTime();
    int answered = 0;
    try {
      peer.sendRaw(bytes.toByteArray());
      for (; answered < batch.size(); answered++) {
        Object reply = reply(peer, batch.get(answered));
        add(batch.get(answered), outcome(reply), called);
      }
      return true;
    } catch (IOException lost) {
      for (Action action : batch.subList(answered, batch.size())) {
        add(action, Optional.empty(), called);
      }
      return false;
    }
  }

  private void add(Action action, Optional<String> outcome, long called) {
    history.add(new Operation<>(action, outcome, called, System.nanoTime()));
  }

  private static Optional<String> outcome(@Nullable Object reply) {
    String outcome = String.valueOf(reply);
    return outcome.contains("Failure[") ? Optional.empty() : Optional.of(outcome);
  }

  private static byte[] encoded(Action action) throws IOException {
    if (!(action instanceof Action.Transaction(List<Action> parts))) {
      return RespPeer.encoded(KvModel.words(action));
    }
    var bytes = new ByteArrayOutputStream();
    bytes.write(RespPeer.encoded("MULTI"));
    for (Action part : parts) {
      bytes.write(RespPeer.encoded(KvModel.words(part)));
    }
    bytes.write(RespPeer.encoded("EXEC"));
    return bytes.toByteArray();
  }

  private static @Nullable Object reply(RespPeer peer, Action action) throws IOException {
    if (action instanceof Action.Transaction(List<Action> parts)) {
      var _ = peer.replies(1 + parts.size()); // OK, and QUEUED for each
    }
    return peer.reply();
  }
}
