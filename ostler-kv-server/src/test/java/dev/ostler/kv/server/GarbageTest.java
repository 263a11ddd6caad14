package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table in {@code docs/design/bucket.md} says how many bytes a command allocates on the loop's
 * thread. One object more is noticed.
 *
 * <p>Runs in a JVM of its own: the compiler keeps some objects out of the heap, and what other
 * tests have done would make a difference.
 */
@Tag("heap")
@ExtendWith(OstlerExtension.class)
class GarbageTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Less than any object that is not the smallest. */
  private static final double ROOM = 12;

  /** Names, of 16 bytes, each of which exists. */
  private static final int NAMES = 960;

  /** Commands in one pipeline. */
  private static final int TOGETHER = 64;

  /**
   * How often all names have their turn: until everything is compiled, and while it is measured.
   */
  private static final int WARM_UP = 12;

  private static final int ROUNDS = 9;

  /** If other threads have allocated more, for each command, they ran some of the commands. */
  private static final double OTHERS = 1;

  /** On a busy machine the compiler takes longer, but not longer than this. */
  private static final int MOST_ROUNDS = 120;

  private static final String VALUE = "0123456789";

  /** A command for each name, and how many lines its reply has. */
  private record Kind(String name, int lines, IntFunction<String> command) {
    List<ByteBuffer> pipelines() {
      var all = new ArrayList<ByteBuffer>();
      for (int from = 0; from < NAMES; from += TOGETHER) {
        byte[] bytes =
            IntStream.range(from, from + TOGETHER)
                .mapToObj(command)
                .reduce("", String::concat)
                .getBytes(StandardCharsets.US_ASCII);
        all.add(ByteBuffer.allocateDirect(bytes.length).put(bytes));
      }
      return all;
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("PING", 1, i -> command("PING")),
          new Kind("SET", 1, i -> command("SET", name("text", i), VALUE)),
          new Kind("GET", 2, i -> command("GET", name("text", i))),
          new Kind("HSET", 1, i -> command("HSET", name("hash", i), "field", VALUE)),
          new Kind("HGET", 2, i -> command("HGET", name("hash", i), "field")),
          new Kind("INCR", 1, i -> command("INCR", name("numb", i))),
          new Kind("MGET of 10", 21, GarbageTest::mget));

  private static String command(String... words) {
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append("$").append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  private static String name(String kind, int i) {
    return "%s:%011d".formatted(kind, i % NAMES);
  }

  private static String mget(int i) {
    Stream<String> names = IntStream.range(i, i + 10).mapToObj(each -> name("text", each));
    return command(Stream.concat(Stream.of("MGET"), names).toArray(String[]::new));
  }

  private static void ask(SocketChannel socket, ByteBuffer pipeline, int lines) throws IOException {
    for (pipeline.rewind(); pipeline.hasRemaining(); ) {
      socket.write(pipeline);
    }
    var replies = ByteBuffer.allocate(64 * 1024);
    for (int left = lines; left > 0; replies.clear()) {
      if (socket.read(replies) < 0) {
        throw new EOFException();
      }
      for (int i = 0; i < replies.position(); i++) {
        left -= replies.get(i) == '\n' ? 1 : 0;
      }
    }
  }

  private static long[] loops() {
    return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("kv resp loop"))
        .mapToLong(ThreadInfo::getThreadId)
        .toArray();
  }

  private static long allocated(long[] threads) {
    return Arrays.stream(threads).map(THREADS::getThreadAllocatedBytes).sum();
  }

  private static SocketChannel connect(Kv kv) throws IOException {
    var socket =
        SocketChannel.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), kv.port("resp")));
    ask(socket, ByteBuffer.wrap(command("PING").getBytes(StandardCharsets.US_ASCII)), 1);
    return socket;
  }

  /** The bytes for each command, if a loop ran all of them; otherwise nothing. */
  private static OptionalDouble round(SocketChannel socket, Kind kind, List<ByteBuffer> pipelines)
      throws IOException {
    long[] loops = loops();
    long own = THREADS.getCurrentThreadAllocatedBytes();
    long all = THREADS.getTotalThreadAllocatedBytes();
    long before = allocated(loops);
    for (ByteBuffer pipeline : pipelines) {
      ask(socket, pipeline, kind.lines() * TOGETHER);
    }
    long ofLoops = allocated(loops) - before;
    long ofAll = THREADS.getTotalThreadAllocatedBytes() - all;
    long others = ofAll - ofLoops - (THREADS.getCurrentThreadAllocatedBytes() - own);
    return others > OTHERS * NAMES
        ? OptionalDouble.empty()
        : OptionalDouble.of(ofLoops / (double) NAMES);
  }

  /**
   * The bytes for each kind of command: the median of the last rounds, once none is more than was
   * said. When the journal is full, and at other times, commands run on another thread, and the
   * next ones of that connection often, too: such rounds are left out, and each has a connection of
   * its own.
   */
  private static Map<String, Double> measured(KvConfig config, Map<String, Double> said)
      throws IOException {
    try (Kv kv = Kv.open(config.with(Resp.on(0)))) {
      var rounds = new LinkedHashMap<String, List<Double>>();
      var pipelines = new LinkedHashMap<Kind, List<ByteBuffer>>();
      KINDS.forEach(kind -> pipelines.put(kind, kind.pipelines()));
      Map<String, Double> medians = Map.of();
      for (int round = 0; round < MOST_ROUNDS && !isAsSaid(medians, said); round++) {
        for (Kind kind : KINDS) {
          try (SocketChannel socket = connect(kv)) {
            round(socket, kind, pipelines.get(kind))
                .ifPresent(
                    each -> rounds.computeIfAbsent(kind.name(), _ -> new ArrayList<>()).add(each));
          }
        }
        if (round >= WARM_UP + ROUNDS) {
          medians = medians(rounds);
        }
      }
      return medians;
    }
  }

  private static Map<String, Double> medians(Map<String, List<Double>> rounds) {
    var medians = new LinkedHashMap<String, Double>();
    rounds.forEach(
        (kind, all) -> {
          if (all.size() >= ROUNDS) {
            List<Double> last = all.subList(all.size() - ROUNDS, all.size());
            medians.put(kind, last.stream().sorted().toList().get(ROUNDS / 2));
          }
        });
    return medians;
  }

  private static boolean isAsSaid(Map<String, Double> measured, Map<String, Double> said) {
    return measured.size() == KINDS.size()
        && measured.entrySet().stream()
            .allMatch(each -> each.getValue() < said.getOrDefault(each.getKey(), 0.0) + ROOM);
  }

  /** The numbers in this column of the table. */
  private static Map<String, Double> said(int column) throws IOException {
    String text = Files.readString(Path.of("../docs/design/bucket.md"));
    String section = text.split("## What a command allocates\n", 2)[1].split("\n## ", 2)[0];
    var said = new LinkedHashMap<String, Double>();
    section
        .lines()
        .filter(line -> line.matches("\\| [A-Z].*\\| *[0-9].*"))
        .map(line -> line.split("\\|"))
        .forEach(cells -> said.put(cells[1].strip(), Double.parseDouble(cells[column])));
    return said;
  }

  private static void check(KvConfig config, Map<String, Double> said) throws IOException {
    Map<String, Double> measured = measured(config, said);
    assertThat(said).containsOnlyKeys(measured.keySet());
    assertThat(measured.get("SET")).isGreaterThan(VALUE.length()); // the right threads were asked
    assertThat(measured)
        .as("the table says %s", said)
        .allSatisfy((kind, bytes) -> assertThat(bytes).isLessThan(said.get(kind) + ROOM));
  }

  @Test
  void in_memory() throws IOException {
    check(KvConfig.inMemory(), said(2));
  }

  @Test
  void durable(@TempDir Path directory) throws IOException {
    check(KvConfig.durable(directory), said(3));
  }
}
