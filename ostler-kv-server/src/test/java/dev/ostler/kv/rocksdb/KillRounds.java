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
 * Kills a server under load, as {@code kill -9} does, again and again, and looks each time what it
 * has kept of what its clients were told.
 *
 * <p>Each writer has a connection and a bucket of its own each round, and puts its numbers into it,
 * one after the other, many on their way at a time; each third one goes into two buckets at once,
 * in a transaction. So what is to be kept is known by one number for each writer: the last it was
 * answered for.
 */
final class KillRounds {
  private static final int WRITERS = 6;

  /** How long writers write at most before the kill, in milliseconds. */
  private static final int LONGEST = 400;

  private final Path data;
  private final String sync;
  private final RandomGenerator random;
  private long acked;
  private long lost;
  private long lostLate;
  private int rounds;

  /**
   * With a server on this directory.
   *
   * @param sync the server's option
   */
  KillRounds(Path data, String sync, RandomGenerator random) {
    this.data = data;
    this.sync = sync;
    this.random = random;
  }

  /** Of all rounds until now. */
  String summary() {
    return "sync %s: %d acked / %d lost / %d rounds".formatted(sync, acked, lost, rounds);
  }

  /** Writes that were answered for, and are gone. */
  long lost() {
    return lost;
  }

  /** Those of them that were answered more than a second before the kill. */
  long lostLate() {
    return lostLate;
  }

  long acked() {
    return acked;
  }

  /** Kills so often; throws if anything is there that must not be. */
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
    begun.await(); // each has had an answer
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

  /** The number up to which all is there; more must not be, nor anything else. */
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

  /** One connection's worth of numbers: 1, 2, 3 and so on. */
  private static final class Writer {
    private final String bucket;
    private final int port;
    private final int depth;
    private final CountDownLatch begun;
    private final Thread thread;
    private final List<long[]> times = new ArrayList<>(); // of answers: when, and up to which
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
        // It was killed.
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

    /** Up to which number it had answers at this moment. */
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
