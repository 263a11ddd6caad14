package dev.ostler.kv.torture;

import dev.ostler.kv.server.RespReader;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client of the store that goes where the leader is, and knows what it does not know. One thread
 * uses it.
 */
final class Client implements AutoCloseable {
  /** How long it waits for a reply, and for a connection. */
  private static final int REPLY_MILLIS = 1_000;

  private static final int CONNECT_MILLIS = 300;
  private static final long PAUSE_NANOS = 10_000_000;

  /** What came of a request. */
  sealed interface Answer {
    /**
     * It was done.
     *
     * @param reply as {@link RespReader} returns it
     * @param by the node
     */
    record Done(@Nullable Object reply, Node by) implements Answer {}

    /** It was not done: it could not be sent, or the node said so. */
    record Refused(String why) implements Answer {}

    /** It may have been done. */
    record Unknown(String why) implements Answer {}
  }

  /**
   * Commands, of whose replies the last one counts.
   *
   * @param replies how many there are
   */
  record Request(byte[] bytes, int replies) {}

  private final List<Node> nodes;
  private final boolean roams;
  private int at;
  private @Nullable Socket socket; // null if there is no connection
  private @Nullable RespReader reader;

  /** A client that begins at one of the nodes, and goes to others if it is sent there. */
  static Client roaming(List<Node> nodes, int first) {
    return new Client(nodes, first % nodes.size(), true);
  }

  /** A client that asks this node only, whoever leads. */
  static Client of(Node node) {
    return new Client(List.of(node), 0, false);
  }

  private Client(List<Node> nodes, int first, boolean roams) {
    this.nodes = nodes;
    this.at = first;
    this.roams = roams;
  }

  /** Sends one request. */
  Answer ask(byte[] command) {
    return ask(List.of(new Request(command, 1))).getFirst();
  }

  /** Sends requests at once; an answer for each. */
  List<Answer> ask(List<Request> requests) {
    var answers = new ArrayList<Answer>();
    Node node = nodes.get(at);
    if (!isConnected(node)) {
      move((at + 1) % nodes.size());
      requests.forEach(_ -> answers.add(new Answer.Refused("no connection")));
      return answers;
    }
    try {
      var bytes = new ByteArrayOutputStream();
      for (Request request : requests) {
        bytes.write(request.bytes);
      }
      socket.getOutputStream().write(bytes.toByteArray());
      for (Request request : requests) {
        Object reply = null;
        for (int i = 0; i < request.replies; i++) {
          reply = reader.next();
        }
        answers.add(answer(reply, node));
      }
      answers.stream()
          .filter(Answer.Refused.class::isInstance)
          .map(Answer.Refused.class::cast)
          .findFirst()
          .ifPresent(refused -> follow(refused.why));
    } catch (IOException e) {
      while (answers.size() < requests.size()) {
        answers.add(new Answer.Unknown(String.valueOf(e.getMessage())));
      }
      move((at + 1) % nodes.size());
    }
    return answers;
  }

  private static Answer answer(@Nullable Object reply, Node by) {
    if (!(reply instanceof RespReader.Failure(String text))) {
      return new Answer.Done(reply, by);
    }
    boolean refused =
        text.startsWith("MOVED ")
            || text.startsWith("LOADING ")
            || text.startsWith("EXECABORT ")
            || (text.startsWith("CLUSTERDOWN ") && !text.contains("may or may not"));
    return refused ? new Answer.Refused(text) : new Answer.Unknown(text);
  }

  private boolean isConnected(Node node) {
    if (socket != null) {
      return true;
    }
    var fresh = new Socket();
    try {
      fresh.connect(node.address(), CONNECT_MILLIS);
      fresh.setTcpNoDelay(true);
      fresh.setSoTimeout(REPLY_MILLIS);
      reader = new RespReader(new BufferedInputStream(fresh.getInputStream()));
      socket = fresh;
      return true;
    } catch (IOException e) {
      close(fresh);
      return false;
    }
  }

  /** Goes where it is sent; to the next node if nobody leads. */
  private void follow(String refusal) {
    int next = (at + 1) % nodes.size();
    if (refusal.startsWith("MOVED ")) {
      String where = refusal.substring(refusal.lastIndexOf(' ') + 1);
      for (int i = 0; i < nodes.size(); i++) {
        InetSocketAddress address = nodes.get(i).address();
        if (where.equals(address.getHostString() + ":" + address.getPort())) {
          next = i;
        }
      }
      if (next != at && roams) {
        close();
        at = next;
        return;
      }
    }
    move(next);
  }

  /** Takes a break, because nodes that fail at once would be asked all the time. */
  private void move(int next) {
    if (next != at || !roams) {
      close();
    }
    at = next;
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  @Override
  public void close() {
    if (socket != null) {
      close(socket);
    }
    socket = null;
    reader = null;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }
}
