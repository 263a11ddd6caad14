package dev.ostler.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How long clients wait for a reply while another client does one thing with very many names. The
 * store has a JVM of its own. Before each action it is filled and, if it is durable, started again,
 * so that it has no bucket in memory; or the buckets of the action are read once more.
 */
public final class ManyNames {
  /** Names that exist and that no action but FLUSHALL affects. */
  private static final int OTHERS = 20_000;

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

  /** How long nothing happens, to see how long clients wait then. */
  private static final long NOTHING = TimeUnit.SECONDS.toMillis(2);

  /** From the fill until all names are due. */
  private static final long DUE_AFTER = TimeUnit.SECONDS.toMillis(20);

  /** The same, if the store is also opened again, and perhaps loaded into memory, before that. */
  private static final long DUE_AFTER_RESTART = TimeUnit.SECONDS.toMillis(60);

  private final String kv;
  private final int count;
  private final String keeping;
  private final Path data;
  private Process server;
  private int port;

  private ManyNames(String kv, int count, String keeping, Path data) {
    this.kv = kv;
    this.count = count;
    this.keeping = keeping;
    this.data = data;
  }

  /** {@code KV DIRECTORY COUNT ROUNDS KEEPING [ACTION ...]}. */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[3]);
    var bench = new ManyNames(args[0], Integer.parseInt(args[2]), args[4], Path.of(args[1]));
    Stream<Action> actions =
        args.length == 5
            ? Arrays.stream(Action.values())
            : Arrays.stream(args).skip(5).map(Action::valueOf);
    for (Action action : actions.toList()) {
      for (boolean resident :
          bench.isDurable() ? new boolean[] {true, false} : new boolean[] {true}) {
        if (resident || action.affectsStored) {
          bench.measure(action, resident, rounds);
        }
      }
    }
  }

  /** What the one client does. */
  private enum Action {
    NOTHING(false),
    MSET(false),
    MGET(true),
    DEL(true),
    EXPIRE(true),
    EXEC(false),
    FLUSHALL(true),
    DUE(true);

    /** Whether it makes a difference that the names are in memory. */
    private final boolean affectsStored;

    Action(boolean affectsStored) {
      this.affectsStored = affectsStored;
    }
  }

  /** What the other clients ask. */
  private enum Question {
    READ_IN_MEMORY,
    READ_STORED,
    READ_ABSENT,
    CREATE
  }

  private boolean isDurable() {
    return !keeping.equals("memory");
  }

  private void measure(Action action, boolean resident, int rounds) throws Exception {
    var waits = new LinkedHashMap<Question, double[]>();
    var lasted = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      Map<Question, Double> longest = once(action, resident, lasted, round);
      for (var each : longest.entrySet()) {
        waits.computeIfAbsent(each.getKey(), _ -> new double[rounds])[round] = each.getValue();
      }
    }
    String name = keeping + " " + action + (resident ? "" : " of stored names");
    var line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%-32s lasts %6.0f ms; longest waits, best/median/worst",
            name,
            Figure.median(lasted)));
    waits.forEach(
        (question, values) ->
            line.append(
                String.format(
                    Locale.ROOT,
                    "; %s %.0f/%.0f/%.0f",
                    question,
                    Figure.quantile(values, 0),
                    Figure.median(values),
                    Figure.quantile(values, 1))));
    System.out.println(line);
  }

  private Map<Question, Double> once(Action action, boolean resident, double[] lasted, int round)
      throws Exception {
    start();
    try {
      long due;
      try (var peer = new Peer(port)) {
        peer.ask(mset("other", OTHERS));
        due = fill(action, peer);
      }
      if (isDurable()) {
        stop();
        start();
      }
      byte[] command = command(action);
      try (var peer = new Peer(port)) {
        peer.send("GET", "other0");
        peer.reply();
        if (resident
            && action != Action.MSET
            && action != Action.EXEC
            && action != Action.NOTHING) {
          peer.ask(command("EXISTS", names("name", count)));
        }
        var askers = new ArrayList<Asker>();
        for (Question question : Question.values()) {
          if (question != Question.READ_STORED || isDurable()) {
            askers.add(new Asker(question, new Peer(port)));
          }
        }
        Thread.sleep(Math.max(500, due - System.currentTimeMillis() - 500));
        askers.forEach(Thread::start);
        Thread.sleep(Math.max(200, due - System.currentTimeMillis() - 20));
        askers.forEach(Asker::begin);
        if (due != 0 && due < System.currentTimeMillis()) {
          throw new IllegalStateException(
              "the machine is too slow: names were due before all was ready");
        }
        long begun = System.nanoTime();
        perform(action, peer, command);
        lasted[round] = (System.nanoTime() - begun) / 1e6;
        Thread.sleep(500); // what goes on after the reply counts, too
        var longest = new LinkedHashMap<Question, Double>();
        for (Asker asker : askers) {
          longest.put(asker.question, asker.end());
        }
        return longest;
      }
    } finally {
      stop();
      delete();
    }
  }

  /** Returns when the names are due; 0 for never. */
  private long fill(Action action, Peer peer) throws IOException {
    switch (action) {
      case NOTHING, MSET, EXEC -> {
        return 0;
      }
      case DUE -> {
        long due = System.currentTimeMillis() + (isDurable() ? DUE_AFTER_RESTART : DUE_AFTER);
        var bytes = new ByteArrayOutputStream();
        for (String name : names("name", count)) {
          bytes.writeBytes(command("SET", name, "v", "PXAT", "" + due));
        }
        peer.sendWhileReading(bytes.toByteArray(), count);
        return due;
      }
      default -> {
        peer.ask(mset("name", count));
        return 0;
      }
    }
  }

  private byte[] command(Action action) {
    return switch (action) {
      case NOTHING, DUE -> new byte[0];
      case MSET -> mset("name", count);
      case MGET -> command("MGET", names("name", count));
      case DEL -> command("DEL", names("name", count));
      case FLUSHALL -> command("FLUSHALL");
      case EXPIRE, EXEC -> {
        var bytes = new ByteArrayOutputStream();
        for (String name : names("name", count)) {
          bytes.writeBytes(
              action == Action.EXEC ? command("SET", name, "v") : command("PEXPIRE", name, "1"));
        }
        yield bytes.toByteArray();
      }
    };
  }

  private void perform(Action action, Peer peer, byte[] command) throws Exception {
    switch (action) {
      case NOTHING -> Thread.sleep(NOTHING);
      case EXPIRE -> {
        peer.sendWhileReading(command, count);
        awaitGone(peer);
      }
      case EXEC -> {
        peer.ask(command("MULTI"));
        peer.sendWhileReading(command, count);
        peer.ask(command("EXEC"));
      }
      case DUE -> awaitGone(peer);
      default -> peer.ask(command);
    }
  }

  private void awaitGone(Peer peer) throws Exception {
    while (size(peer) > OTHERS + 1) {
      Thread.sleep(20);
    }
  }

  private static long size(Peer peer) throws IOException {
    peer.send("DBSIZE");
    return Long.parseLong(peer.reply().substring(1));
  }

  private static String[] names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  private static byte[] mset(String prefix, int count) {
    return command(
        "MSET",
        Arrays.stream(names(prefix, count))
            .flatMap(name -> Stream.of(name, "v"))
            .toArray(String[]::new));
  }

  private static byte[] command(String verb, String... words) {
    var text = new StringBuilder("*" + (words.length + 1) + "\r\n");
    for (String word : Stream.concat(Stream.of(verb), Arrays.stream(words)).toList()) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  // --- The server

  private void start() throws IOException {
    var command = new ArrayList<String>();
    command.add(kv);
    command.addAll(List.of("serve", "--line-port", "off", "--resp-port", "0"));
    command.addAll(
        isDurable() ? List.of("--data", data.toString(), "--sync", keeping) : List.of("--memory"));
    server = new ProcessBuilder(command).redirectErrorStream(true).start();
    String line = server.inputReader().readLine();
    while (line != null && !line.startsWith("ready")) {
      port = line.startsWith("RESP on") ? Integer.parseInt(line.replaceAll(".*:", "")) : port;
      line = server.inputReader().readLine();
    }
    Process started = server;
    Thread.startVirtualThread(() -> started.inputReader().lines().forEach(_ -> {}));
  }

  private void stop() throws InterruptedException {
    server.destroy();
    server.waitFor();
  }

  private void delete() throws IOException {
    if (Files.exists(data)) {
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  // --- The clients

  /** A client that asks the same kind of question all the time. */
  private static final class Asker extends Thread {
    private final Question question;
    private final Peer peer;
    private volatile boolean begun;
    private volatile boolean over;
    private long longest;

    Asker(Question question, Peer peer) {
      this.question = question;
      this.peer = peer;
    }

    void begin() {
      begun = true;
    }

    /** Milliseconds. */
    double end() throws InterruptedException {
      over = true;
      join();
      return longest / 1e6;
    }

    @Override
    public void run() {
      try (peer) {
        for (int i = 0; !over; i++) {
          boolean counts = begun;
          long asked = System.nanoTime();
          switch (question) {
            case READ_IN_MEMORY -> peer.send("GET", "other0");
            case READ_STORED -> peer.send("GET", "other" + (1 + i % (OTHERS - 1)));
            case READ_ABSENT -> peer.send("GET", "absent" + i);
            case CREATE -> peer.send("SET", "new" + i, "v");
          }
          peer.reply();
          longest = counts ? Math.max(longest, System.nanoTime() - asked) : 0;
          if (question == Question.CREATE) { // so that DBSIZE stays
            peer.send("DEL", "new" + i);
            peer.reply();
          }
          LockSupport.parkNanos(PAUSE);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A connection. It understands as much of replies as it needs. */
  private static final class Peer implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Peer(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    void send(String verb, String... words) throws IOException {
      socket.getOutputStream().write(command(verb, words));
    }

    void ask(byte[] command) throws IOException {
      socket.getOutputStream().write(command);
      reply();
    }

    /** Sends commands while another thread reads their replies. */
    void sendWhileReading(byte[] commands, int replies) throws IOException {
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  socket.getOutputStream().write(commands);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      for (int i = 0; i < replies; i++) {
        reply();
      }
      try {
        writer.join();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    /** The first line of the reply, all of which is read. */
    String reply() throws IOException {
      String first = line();
      switch (first.charAt(0)) {
        case '-' -> throw new IOException(first);
        case '$' -> {
          int length = Integer.parseInt(first.substring(1));
          in.skipNBytes(length < 0 ? 0 : length + 2);
        }
        case '*' -> {
          for (int left = Integer.parseInt(first.substring(1)); left > 0; left--) {
            reply();
          }
        }
        default -> {}
      }
      return first;
    }

    private String line() throws IOException {
      var line = new StringBuilder();
      for (int next = in.read(); next != '\r'; next = in.read()) {
        if (next < 0) {
          throw new IOException("the server closed the connection");
        }
        line.append((char) next);
      }
      in.read();
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
