package dev.ostler.kv.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a fault may use in one round: the nodes, the wires, the clients, and chance. The thread of
 * the fault uses it.
 */
final class Round {
  private final int number;
  private final Nodes nodes;
  private final Ground ground;
  private final Load load;
  private final Random random;
  private final int mostSeconds;

  /**
   * A round.
   *
   * @param number 0 and up
   * @param mostSeconds how long a node may be suspended
   */
  Round(int number, Nodes nodes, Ground ground, Load load, Random random, int mostSeconds) {
    this.number = number;
    this.nodes = nodes;
    this.ground = ground;
    this.load = load;
    this.random = random;
    this.mostSeconds = mostSeconds;
  }

  int number() {
    return number;
  }

  Random random() {
    return random;
  }

  int mostSeconds() {
    return mostSeconds;
  }

  Load load() {
    return load;
  }

  Wires wires() {
    return ground.wires().orElseThrow();
  }

  List<Node> all() {
    return nodes.all();
  }

  Node leader() throws InterruptedException {
    return nodes.leader();
  }

  Node follower() throws InterruptedException {
    List<Node> followers = nodes.followers();
    return followers.get(random.nextInt(followers.size()));
  }

  /** So many nodes; the leader is one of them in every other round, if they are not all. */
  List<Node> some(int count) throws InterruptedException {
    Node leader = leader();
    List<Node> others = new ArrayList<>(all());
    others.remove(leader);
    Collections.shuffle(others, random);
    var order = new ArrayList<Node>(others);
    order.add(number % 2 == 0 ? 0 : order.size(), leader);
    return List.copyOf(order.subList(0, count));
  }

  /** The next acknowledged write of another node is waited for from now on. */
  void struck(Collection<Node> out) {
    load.struck(out);
  }

  /** Lets some time pass, in seconds. */
  void pause(double least, double most) {
    double seconds = least + random.nextDouble() * (most - least);
    long until = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** A node must end by itself, and say why. */
  void expectEnd(Node node, String reason) throws IOException, InterruptedException {
    if (!node.hasEndedWithin(60)) {
      nodes.complain(node.name() + " goes on, although it should end because of " + reason);
      node.kill();
    } else if (!node.said().contains("cannot go on")) {
      nodes.complain(node.name() + " has ended without a reason:\n" + node.lastWords());
    }
  }

  void complain(String what) {
    nodes.complain(what);
  }

  void awaitWhole() throws IOException, InterruptedException {
    nodes.awaitWhole();
  }
}
