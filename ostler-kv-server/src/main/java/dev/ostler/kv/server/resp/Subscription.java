package dev.ostler.kv.server.resp;

/**
 * That one client wants to hear of something, until it is over.
 *
 * <p>Any thread may hand over messages. What comes out is decided by the client's process alone,
 * when it takes them: it drops those of a subscription that is over. So once it has told its client
 * that a subscription is over, nothing of it follows, though nobody waited for those who publish.
 */
final class Subscription {
  private final RespClient client;
  private final String name;
  private volatile boolean over; // set by the client's process alone

  Subscription(RespClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** What it is a subscription to. */
  String name() {
    return name;
  }

  RespClient client() {
    return client;
  }

  boolean isOf(RespClient some) {
    return client == some;
  }

  /** Hands over a message, as in {@link RespClient#push}. */
  void push(Message message) {
    client.push(message, this, false);
  }

  /** Hands over the last message: it is over when that is taken. */
  void pushLast(Message message) {
    client.push(message, this, true);
  }

  boolean isOver() {
    return over;
  }

  /** Nothing more of it goes out. Called by the client's process. */
  void end() {
    over = true;
  }
}
