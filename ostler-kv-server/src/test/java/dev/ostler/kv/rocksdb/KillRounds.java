package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Repeatedly kills a server under load, as {@code kill -9} does, and checks each time that it still
 * has what it had confirmed to its clients.
 *
 * <p>In each round, each writer has a connection and a bucket of its own. It writes increasing
 * numbers, many of them in flight at a time; each third one goes into two buckets at once, in a
 * transaction. So the last confirmed number of each writer shows what must be there.
 */
final class KillRounds {
  private static final int WRITERS = 6;

  /** How long writers write before the kill, at most, in milliseconds. */
  private static final int LONGEST = 400;

  private final Path data;
  private final String sync;
  private final RandomGenerator random;
  private long acked;
  private long lost;
  private long lostLate;
  private int rounds;

  /**
   * Uses a server on this directory.
   *
   * @param sync the server's option
   */
  KillRounds(Path data, String sync, RandomGenerator random) {
    this.data = data;
    this.sync = sync;
    this.random = random;
  }

  /** A summary of all rounds so far. */
  String summary() {
    return "sync %s: %d acked / %d lost / %d rounds".formatted(sync, acked, lost, rounds);
  }

  /** How many confirmed writes are lost. */
  long lost() {
    return lost;
  }

  /** How many of them were confirmed more than a second before the kill. */
  long lostLate() {
    return lostLate;
  }

  long acked() {
    return acked;
  }

  /** Runs this many rounds; throws if the store has anything it must not have. */
  void run(int count) throws Exception {
    List<Writer> before = List.of();
    for (int i = 0; i < count; i++) {
      try (var server = new ServerProcess(data, "--sync", sync)) {
        check(before, server.port());
        before = write(server);
      }
      rounds++;
    }
    try (var server = new ServerProcess(data, "--sync", sync)) {
      check(before, server.port());
    }
  }

  private List<Writer> write(ServerProcess server) throws Exception {
    var writers = new ArrayList<Writer>();
    var begun = new CountDownLatch(WRITERS);
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer("r" + rounds + "-w" + i, server.port(), 1 << i, begun));
    }
    begun.await(); // each writer has had a reply
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST)));
    long killedAt = System.nanoTime();
    server.kill();
    for (Writer writer : writers) {
      writer.thread.join();
      if (writer.failure != null) {
        throw writer.failure;
      }
      writer.killedAt = killedAt;
    }
    return writers;
  }

  private void check(List<Writer> writers, int port) throws IOException {
    try (var client = new RespLine(port)) {
      for (Writer writer : writers) {
        long kept = kept(client, writer);
        acked += writer.acked;
        if (kept < writer.acked) {
          lost += writer.acked - kept;
          lostLate += Math.max(0, writer.ackedBefore(writer.killedAt - 1_000_000_000L) - kept);
        }
      }
    }
  }

  /**
   * The number up to which everything is there. Later numbers, or anything else, must not be there.
   */
  private static long kept(RespLine client, Writer writer) throws IOException {
    var pairs = (List<?>) client.ask("HGETALL", writer.bucket);
    long count = 0;
    var there = new BitSet();
    for (int i = 0; pairs != null && i < pairs.size(); i += 2) {
      String field = RespLine.text(pairs.get(i));
      int number = Integer.parseInt(field.substring(1));
      if (!RespLine.text(pairs.get(i + 1)).equals(value(number))) {
        throw new AssertionError(writer.bucket + " " + field + " has a wrong value");
      }
      there.set(number);
      count++;
    }
    if (there.length() != (count == 0 ? 0 : count + 1)) {
      throw new AssertionError(writer.bucket + ": what is there is no prefix, " + there);
    }
    if (count > writer.sent) {
      throw new AssertionError(writer.bucket + ": " + count + " are there, sent " + writer.sent);
    }
    Object twin = client.ask("HLEN", writer.bucket + "-twin");
    if (!Long.valueOf(count / 3).equals(twin)) {
      throw new AssertionError(
          writer.bucket + ": half a transaction was kept, " + count + " and " + twin);
    }
    return count;
  }

  private static String value(int number) {
    return number + "-" + "x".repeat(number % 200);
  }

  /** Writes 1, 2, 3 and so on over one connection. */
  private static final class Writer {
    private final String bucket;
    private final int port;
    private final int depth;
    private final CountDownLatch begun;
    private final Thread thread;
    // of replies: the time, and the number confirmed
    private final List<long[]> times = new ArrayList<>();
    private int sent;
    private int acked;
    private long killedAt;
    private volatile @Nullable AssertionError failure;

    Writer(String bucket, int port, int depth, CountDownLatch begun) {
      this.bucket = bucket;
      this.port = port;
      this.depth = depth;
      this.begun = begun;
      this.thread = Thread.ofPlatform().name(bucket).start(this::run);
    }

    private void run() {
      try (var client = new RespLine(port)) {
        while (true) {
          int from = sent;
          for (int i = 0; i < depth; i++) {
            add(client, ++sent);
          }
          client.send();
          for (int number = from + 1; number <= sent; number++) {
            await(client, number);
          }
          times.add(new long[] {System.nanoTime(), acked});
          begun.countDown();
        }
      } catch (AssertionError e) {
        failure = e;
      } catch (IOException e) {
        // The server was killed.
      } finally {
        begun.countDown();
      }
    }

    private void add(RespLine client, int number) throws IOException {
      if (number % 3 != 0) {
        client.add("HSET", bucket, "f" + number, value(number));
        return;
      }
      client.add("MULTI");
      client.add("HSET", bucket + "-twin", "f" + number, value(number));
      client.add("HSET", bucket, "f" + number, value(number));
      client.add("EXEC");
    }

    private void await(RespLine client, int number) throws IOException {
      int replies = number % 3 != 0 ? 1 : 4;
      for (int i = 0; i < replies; i++) {
        if (client.reply() instanceof RespLine.Refusal(String text)) {
          throw new AssertionError(bucket + ", number " + number + ": " + text);
        }
      }
      acked = number;
    }

    /** The number that was confirmed by this time. */
    private long ackedBefore(long moment) {
      long last = 0;
      for (long[] each : times) {
        if (each[0] - moment <= 0) {
          last = each[1];
        }
      }
      return last;
    }
  }
}
