package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.EnumSet;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Sets every string and every field of every hash that a load uses. Used by one thread. */
final class Filling {
  private static final int MOST_REQUESTS = 500;
  private static final int MOST_BYTES = 1024 * 1024;

  private final Load load;
  private final RequestBuffer requests;
  private final OutputStream out;
  private final ReplyScanner replies;
  private int waiting; // requests that are in the buffer

  private Filling(Load load, Socket socket) throws IOException {
    this.load = load;
    this.requests = new RequestBuffer(load, new SplittableRandom(load.seed()));
    this.out = socket.getOutputStream();
    this.replies = new ReplyScanner(socket.getInputStream(), System::nanoTime);
  }

  /**
   * Fills a server.
   *
   * @throws IOException if it is not reached, or refuses
   */
  static void fill(Target target, Load load, ProgressLine progress) throws IOException {
    var strings = EnumSet.of(Kind.GET, Kind.SET, Kind.DEL);
    var hashes = EnumSet.of(Kind.HGET, Kind.HSET);
    strings.retainAll(load.mix().kinds());
    hashes.retainAll(load.mix().kinds());
    try (Socket socket = target.dialer().dial()) {
      var filling = new Filling(load, socket);
      long shown = System.nanoTime();
      for (long key = 0; key < load.keys(); key++) {
        if (!strings.isEmpty()) {
          Kind.SET.write(filling.requests, key, load);
          filling.added();
        }
        if (!hashes.isEmpty()) {
          filling.hash(key);
          filling.added();
        }
        if (System.nanoTime() - shown > TimeUnit.SECONDS.toNanos(1)) {
          shown = System.nanoTime();
          progress.show(
              String.format(
                  Locale.ROOT, "%s: filling, %,d of %,d keys", target.name(), key, load.keys()));
        }
      }
      filling.exchange();
    }
  }

  private void hash(long key) {
    requests.command("HSET", 1 + 2 * load.fields()).name(load.prefix(), "hash:", key);
    for (int field = 0; field < load.fields(); field++) {
      requests.field(field).value(load.sizes());
    }
  }

  private void added() throws IOException {
    waiting++;
    if (waiting == MOST_REQUESTS || requests.length() > MOST_BYTES) {
      exchange();
    }
  }

  private void exchange() throws IOException {
    requests.sendTo(out);
    for (; waiting > 0; waiting--) {
      if (replies.next() == ReplyScanner.Reply.ERROR) {
        throw new IOException("the server refuses to be filled: " + replies.error());
      }
    }
  }
}
