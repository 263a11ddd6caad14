package dev.ostler.quarkus;

import dev.ostler.Agent;
import dev.ostler.Name;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;

/** The servers of a shop, as the guide has them. */
final class Shop implements AutoCloseable {
  private final Supervisor supervisor;
  private final Name<Agent<Long>> sold = Name.unique("sold");

  Shop() {
    supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(Agent.of(() -> 0L).named(sold)).start();
  }

  void sell() {
    Agent.at(sold).cast(count -> count + 1);
  }

  long sold() {
    return Agent.at(sold).get(count -> count);
  }

  Supervisor supervisor() {
    return supervisor;
  }

  @Override
  public void close() {
    supervisor.stop();
  }
}
