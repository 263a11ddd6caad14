package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.shell.Session.Received;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to a server, and waits for their replies. {@link #hangUp} may be called by any
 * thread; else one uses it.
 *
 * <p>It asks for RESP3, and goes on with RESP2 if the server has only that. When it connects again,
 * it logs in as before, and chooses the same database: the last AUTH, HELLO and SELECT that the
 * server accepted are kept in memory, and nowhere else.
 */
final class Talk implements AutoCloseable {
  private static final Set<String> LISTENING =
      Set.of("subscribe", "psubscribe", "ssubscribe", "monitor", "kv.watch");
  private static final Set<String> UNLISTENING =
      Set.of("unsubscribe", "punsubscribe", "sunsubscribe");

  private final Dial dial;
  private final Consumer<Reply> show;

  // Of the thread that uses it.
  private List<String> auth = List.of();
  private List<String> hello = List.of("HELLO", "3");
  private List<String> select = List.of();
  private boolean greeted;
  private boolean inTransaction;

  // Written by that thread, read by any.
  private volatile @Nullable Session session;

  /**
   * Prepares to talk.
   *
   * @param show gets the replies, and the pushes before them
   */
  Talk(Dial dial, Consumer<Reply> show) {
    this.dial = dial;
    this.show = show;
  }

  /** The connection has ended, and a command may or may not have been done. */
  static final class Lost extends IOException {
    Lost(String why) {
      super(why);
    }
  }

  boolean isConnected() {
    return session != null;
  }

  boolean isInTransaction() {
    return inTransaction;
  }

  /** The number of the database; empty if it is the first. */
  String database() {
    return select.size() < 2 || select.get(1).equals("0") ? "" : Bytes.text(select.get(1));
  }

  /**
   * Connects, and logs in as before.
   *
   * @throws IOException if that fails; the message says why
   */
  void connect() throws IOException, InterruptedException {
    drop();
    session = new Session(dial.connect());
    greeted = false;
    if (!auth.isEmpty()) {
      ask(auth);
    }
    greet();
    if (!select.isEmpty()) {
      ask(select);
    }
  }

  private void greet() throws IOException, InterruptedException {
    greeted = !(ask(hello) instanceof Reply.Failure);
  }

  /**
   * Shows the pushes that have arrived.
   *
   * @throws Lost if the connection has ended meanwhile
   */
  void catchUp() throws Lost {
    Session open = session;
    while (open != null) {
      switch (open.poll()) {
        case Received.Got(var reply) -> show.accept(reply);
        case Received.Ended(var why) -> throw lost(why);
        case null -> {
          return;
        }
      }
    }
  }

  /**
   * Sends a command, and shows its reply: of one that subscribes, all that comes until the
   * connection ends.
   *
   * @return whether a reply was an error
   * @throws Lost if the connection ended; then there is none
   */
  boolean run(List<String> words) throws IOException, InterruptedException {
    String name = Bytes.lower(words.getFirst());
    send(words);
    if (LISTENING.contains(name)) {
      return listen();
    }
    if (UNLISTENING.contains(name)) {
      return awaitEach(Math.max(1, words.size() - 1));
    }
    Reply reply = reply();
    show.accept(reply);
    boolean failed = reply instanceof Reply.Failure;
    if (!failed) {
      remember(words);
    }
    return failed;
  }

  /** Sends a command, and returns its reply without showing it. */
  Reply ask(List<String> words) throws IOException, InterruptedException {
    send(words);
    return reply();
  }

  private void send(List<String> words) throws IOException {
    Session open = session;
    if (open == null) {
      throw new Lost("there is no connection");
    }
    try {
      open.send(words);
    } catch (IOException e) {
      throw lost(String.valueOf(e.getMessage()));
    }
  }

  private Reply reply() throws IOException, InterruptedException {
    while (true) {
      Reply next = next();
      if (!(next instanceof Reply.Push)) {
        return next;
      }
      show.accept(next);
    }
  }

  private Reply next() throws IOException, InterruptedException {
    Session open = session;
    if (open == null) {
      throw new Lost("there is no connection");
    }
    return switch (open.next()) {
      case Received.Got(var reply) -> reply;
      case Received.Ended(var why) -> throw lost(why);
    };
  }

  private boolean listen() throws IOException, InterruptedException {
    while (true) {
      Reply next = next();
      show.accept(next);
      if (isOnlyReply(next)) {
        return next instanceof Reply.Failure;
      }
    }
  }

  private boolean awaitEach(int count) throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      Reply next = next();
      show.accept(next);
      if (isOnlyReply(next)) {
        return next instanceof Reply.Failure;
      }
    }
    return false;
  }

  /** Whether nothing follows this: the command was refused, or waits for EXEC. */
  private static boolean isOnlyReply(Reply reply) {
    return reply instanceof Reply.Failure || reply.equals(new Reply.Status("QUEUED"));
  }

  /** Keeps what decides how the next connection begins. */
  private void remember(List<String> words) throws IOException, InterruptedException {
    switch (Bytes.lower(words.getFirst())) {
      case "auth" -> {
        auth = words;
        if (!greeted) {
          greet();
        }
      }
      case "hello" -> {
        hello = words;
        greeted = true;
      }
      case "select" -> select = words;
      case "multi" -> inTransaction = true;
      case "exec", "discard", "reset" -> inTransaction = false;
      default -> {}
    }
  }

  private Lost lost(String why) {
    drop();
    return new Lost(why);
  }

  private void drop() {
    Session open = session;
    session = null;
    inTransaction = false;
    if (open != null) {
      open.discard();
    }
  }

  /** Ends the connection: whoever waits for a reply waits no longer. */
  void hangUp() {
    Session open = session;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It has ended.
      }
    }
  }

  @Override
  public void close() {
    drop();
  }
}
