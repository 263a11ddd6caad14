package dev.ostler.kv.torture;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The network between the clients (0) and the nodes (1, 2, 3): every packet goes through this
 * program, which delays it, or loses it. So no part of the kernel is needed for that which some do
 * not have. Any thread may use it.
 */
final class Wires {
  /** What becomes of packets from one place to another. */
  private record Wire(boolean cut, long delayMillis, double loss) {
    static final Wire GOOD = new Wire(false, 0, 0);
    static final Wire CUT = new Wire(true, 0, 0);
  }

  private static final int DESTINATION = 19; // the last byte of an address of IPv4, in its header
  private static final int HEADER_BYTES = 20;
  private static final int VERSION_4 = 4;

  private final List<Tun> ends;
  private final Wire[][] wires; // by the places of sender and receiver; replaced, never changed
  private final ScheduledExecutorService late =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("late packets").factory());

  /** Passes on the packets of these devices. */
  Wires(List<Tun> ends) {
    this.ends = List.copyOf(ends);
    this.wires = new Wire[ends.size()][ends.size()];
    repair();
    for (int i = 0; i < ends.size(); i++) {
      int from = i;
      Thread.ofPlatform().daemon().name("packets of " + i).start(() -> pass(from));
    }
  }

  private void pass(int from) {
    try {
      while (true) {
        byte[] packet = ends.get(from).read();
        if (packet.length >= HEADER_BYTES && packet[0] >> 4 == VERSION_4) {
          int to = packet[DESTINATION] - Ground.FIRST_PLACE;
          if (to >= 0 && to < ends.size()) {
            pass(packet, to, wire(from, to));
          }
        }
      }
    } catch (IOException e) {
      e.printStackTrace(); // without a network there is nothing to see
      System.exit(2);
    }
  }

  private void pass(byte[] packet, int to, Wire wire) throws IOException {
    if (wire.cut || (wire.loss > 0 && ThreadLocalRandom.current().nextDouble() < wire.loss)) {
      return;
    }
    if (wire.delayMillis == 0) {
      ends.get(to).write(packet);
      return;
    }
    long delay =
        ThreadLocalRandom.current().nextLong(wire.delayMillis / 2, wire.delayMillis * 3 / 2);
    try {
      var _ =
          late.schedule(
              () -> {
                ends.get(to).write(packet);
                return null;
              },
              delay,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The program ends.
    }
  }

  private synchronized Wire wire(int from, int to) {
    return wires[from][to];
  }

  private synchronized void set(int from, int to, Wire wire) {
    wires[from][to] = wire;
  }

  /** Nothing gets from one place to another any more; the other way is as it was. */
  void cut(int from, int to) {
    set(from, to, Wire.CUT);
  }

  /** Nothing gets from one place to another, in neither direction. */
  void cutBoth(int one, int other) {
    cut(one, other);
    cut(other, one);
  }

  /** All packets between nodes take about so long; none of those from or to clients does. */
  void delay(long millis) {
    betweenNodes(new Wire(false, millis, 0));
  }

  /** So many packets between nodes are lost, 0 to 1. */
  void lose(double part) {
    betweenNodes(new Wire(false, 0, part));
  }

  private void betweenNodes(Wire wire) {
    for (int from = 1; from < ends.size(); from++) {
      for (int to = 1; to < ends.size(); to++) {
        set(from, to, wire);
      }
    }
  }

  /** All is well again. */
  void repair() {
    for (int from = 0; from < ends.size(); from++) {
      for (int to = 0; to < ends.size(); to++) {
        set(from, to, Wire.GOOD);
      }
    }
  }
}
