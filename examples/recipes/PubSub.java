import dev.ostler.*;

/**
 * Subscribers of topics, which are processes. What is published reaches all of them.
 *
 * <p>A subscriber that ends is forgotten in that step, so nobody unsubscribes in a {@code finally}.
 * Publishing only puts messages into mailboxes: a slow subscriber delays nobody.
 */
record PubSub(Registry<String, Void> topics) {
  record Published(String topic, Object message) {}

  static PubSub start() {
    return new PubSub(Registry.<String, Void>duplicate().start());
  }

  /** Subscribes the calling process. */
  void subscribe(String topic) {
    topics.register(topic, null);
  }

  void unsubscribe(String topic) {
    topics.unregister(topic);
  }

  void publish(String topic, Object message) {
    topics.dispatch(
        topic,
        subscribers ->
            subscribers.forEach(each -> each.pid().send(new Published(topic, message))));
  }

  int subscribers(String topic) {
    return topics.lookup(topic).size();
  }

  static void main() {
    Processes.attach();
    Pid main = Self.pid();
    PubSub news = PubSub.start();
    news.subscribe("prices");
    Pid other =
        Processes.spawn(
            "other",
            () -> {
              news.subscribe("prices");
              main.send("ready");
              while (true) {
                main.send("other got " + Self.receive(Published.class).message());
              }
            });
    Self.receive(String.class);

    news.publish("prices", "milk 1.19");
    IO.println("main got " + Self.receive(Published.class).message());
    IO.println(Self.receive(String.class));

    other.exit(ExitReason.KILL);
    IO.println(news.subscribers("prices") + " subscriber");
    news.publish("weather", "rain"); // nobody wants to know
    IO.println(Self.flush());
  }
}

/* Prints:
main got milk 1.19
other got milk 1.19
1 subscriber
[]
*/
