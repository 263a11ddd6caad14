package dev.ostler.kv.torture;

import dev.ostler.kv.server.RespPeer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that asks again until it is answered. Only for what can be asked twice. One thread. */
final class Patient implements AutoCloseable {
  private static final long MOST_SECONDS = 120;

  private final Client client;

  Patient(List<Node> nodes) {
    this.client = Client.roaming(nodes, 0);
  }

  /**
   * The reply to a command.
   *
   * @throws Stuck if there is none for two minutes
   */
  @Nullable Object ask(String... words) throws InterruptedException {
    return ask(new Client.Request(RespPeer.encoded(words), 1));
  }

  /** The same for several commands of which one reply counts. */
  @Nullable Object ask(Client.Request request) throws InterruptedException {
    return done(request).reply();
  }

  /** What comes of a command that is sent once, where the last one was answered. */
  Client.Answer once(String... words) {
    return client.ask(RespPeer.encoded(words));
  }

  /** The node that leads: only that one answers what is asked of a bucket. */
  Node whoAnswers() throws InterruptedException {
    return done(new Client.Request(RespPeer.encoded("GET", "who"), 1)).by();
  }

  private Client.Answer.Done done(Client.Request request) throws InterruptedException {
    var patience = new Patience(MOST_SECONDS);
    Client.Answer last;
    do {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      last = client.ask(List.of(request)).getFirst();
      if (last instanceof Client.Answer.Done done) {
        return done;
      }
    } while (!patience.isOver());
    throw new Stuck("nothing is answered for two minutes; the last answer was " + last);
  }

  @Override
  public void close() {
    client.close();
  }

  /** The store does not work any more, although it should. */
  static final class Stuck extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stuck(String message) {
      super(message);
    }
  }
}
