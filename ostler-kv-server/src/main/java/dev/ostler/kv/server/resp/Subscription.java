package dev.ostler.kv.server.resp;

/**
 * The subscription of one client to a channel, pattern or bucket.
 *
 * <p>Any thread may push messages. The client's process alone decides what is written: when it
 * takes the messages, it drops those of a subscription that is over. So once the client was told
 * that a subscription is over, no message of it follows, and no publisher had to wait.
 */
final class Subscription {
  private final RespClient client;
  private final String name;
  private volatile boolean over; // set by the client's process only

  Subscription(RespClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** The name of the channel, pattern or bucket. */
  String name() {
    return name;
  }

  RespClient client() {
    return client;
  }

  boolean isOf(RespClient some) {
    return client == some;
  }

  /** Pushes a message, as in {@link RespClient#push}. */
  void push(Message message) {
    client.push(message, this, false);
  }

  /** Pushes the last message: the subscription is over once that is taken. */
  void pushLast(Message message) {
    client.push(message, this, true);
  }

  boolean isOver() {
    return over;
  }

  /** Ends the subscription: nothing more of it is written. Called by the client's process. */
  void end() {
    over = true;
  }
}
