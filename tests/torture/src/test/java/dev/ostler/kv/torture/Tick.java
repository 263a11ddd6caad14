package dev.ostler.kv.torture;

import dev.ostler.kv.server.RespPeer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A number that clients increment and read. No reply may be less than one that was there before its
 * request was sent. Any thread.
 */
final class Tick {
  private final String name;
  private final AtomicLong highest = new AtomicLong(); // that anybody was told
  private final AtomicLong staleReads = new AtomicLong();
  private final AtomicLong lostIncrements = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();

  Tick(String name) {
    this.name = name;
  }

  /** Adds one. */
  Client.Answer increment(Client client) {
    long before = highest.get();
    Client.Answer answer = client.ask(RespPeer.encoded("INCR", name));
    if (answer instanceof Client.Answer.Done(Long now, _)) {
      if (now <= before) {
        lostIncrements.incrementAndGet();
      }
      heard(now);
    }
    return answer;
  }

  /** Reads it. */
  Client.Answer read(Client client) {
    long before = highest.get();
    Client.Answer answer = client.ask(RespPeer.encoded("GET", name));
    if (answer instanceof Client.Answer.Done(Object reply, _)) {
      long now = reply == null ? 0 : Long.parseLong(String.valueOf(reply));
      reads.incrementAndGet();
      if (now < before) {
        staleReads.incrementAndGet();
      }
      heard(now);
    }
    return answer;
  }

  private void heard(long now) {
    highest.accumulateAndGet(now, Math::max);
  }

  /** How many reads were answered. */
  long reads() {
    return reads.get();
  }

  /** Of those, how many with something old. */
  long staleReads() {
    return staleReads.get();
  }

  /** How many increments were done on something old: others are lost. */
  long lostIncrements() {
    return lostIncrements.get();
  }
}
