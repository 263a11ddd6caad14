package dev.ostler.kv.server.resp;

import dev.ostler.Pid;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.BucketServer;
import org.jspecify.annotations.Nullable;

/** Passes a bucket's changes to one RESP client. Any thread may use it; it never waits. */
public final class Watcher implements BucketServer.Listener {
  private final RespClient client;
  private final Subscription subscription;

  Watcher(RespClient client, Subscription subscription) {
    this.client = client;
    this.subscription = subscription;
  }

  Subscription subscription() {
    return subscription;
  }

  @Override
  public Pid pid() {
    return client.pid();
  }

  /** Pushes the change as the command that would make it. */
  @Override
  public void changed(Change change, long seq) {
    if (subscription.isOver()) {
      return;
    }
    switch (change) {
      case Change.Put(String key, String value) -> push(seq, "hset", key, value);
      case Change.Removed(String key) -> push(seq, "hdel", key, null);
      case Change.KeyDeadline(String key, long at) ->
          push(seq, at == 0 ? "hpersist" : "hpexpireat", key, at == 0 ? null : Long.toString(at));
      case Change.Text(String value) -> push(seq, "set", null, value);
      case Change.Deadline(long at) ->
          push(seq, at == 0 ? "persist" : "pexpireat", null, at == 0 ? null : Long.toString(at));
      case Change.Kept() -> push(seq, "kv.create", null, null);
      case Change.Dropped() -> push(seq, "del", null, null);
    }
  }

  private void push(long seq, String operation, @Nullable String key, @Nullable String value) {
    RespWriter out = head();
    out.number(seq);
    out.bulk(operation);
    out.bulk(key);
    out.bulk(value);
    subscription.push(new Message(out.toBytes()));
  }

  /** Tells the client that the bucket's process has ended. It is the last message. */
  void ended() {
    RespWriter out = head();
    out.nil();
    out.bulk("ended");
    out.nil();
    out.nil();
    subscription.pushLast(new Message(out.toBytes()));
  }

  private RespWriter head() {
    var out = new RespWriter(2);
    out.push(6);
    out.bulk("kv.watch");
    out.bulk(subscription.name());
    return out;
  }
}
