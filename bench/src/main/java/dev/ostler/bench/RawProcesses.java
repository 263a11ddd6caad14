package dev.ostler.bench;

import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;

/** What raw processes do to each other; the caller is a process itself. */
final class RawProcesses {
  private record Hello(Pid from) {}

  private enum Ball {
    PING,
    PONG,
    STOP
  }

  private RawProcesses() {}

  /** Spawns processes, one after the other: each gets a message, answers, and ends. */
  static int spawnAndAsk(int count) {
    var hello = new Hello(Self.pid());
    int sum = 0;
    for (int i = 0; i < count; i++) {
      Processes.spawn(RawProcesses::answerOnce).send(hello);
      sum += (Integer) Self.receive();
    }
    return sum;
  }

  private static void answerOnce() {
    if (Self.receive() instanceof Hello(Pid from)) {
      from.send(1);
    }
  }

  /** Sends another process a message and waits for its answer, again and again. */
  static int pingPong(int trips) {
    Pid ping = Self.pid();
    Pid pong = Processes.spawn(() -> answer(ping));
    int sum = 0;
    for (int i = 0; i < trips; i++) {
      pong.send(Ball.PING);
      sum += Self.receive() == Ball.PONG ? 1 : 0;
    }
    pong.send(Ball.STOP);
    return sum;
  }

  private static void answer(Pid ping) {
    while (Self.receive() == Ball.PING) {
      ping.send(Ball.PONG);
    }
  }
}
