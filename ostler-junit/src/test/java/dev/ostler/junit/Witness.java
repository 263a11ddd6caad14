package dev.ostler.junit;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import java.util.List;

/** A server that writes into a journal when it ends. */
record Witness(String name, List<String> journal)
    implements GenServer<Witness, Call<Witness, ?>, Cast<Witness>> {

  static ServerChild<Witness, ServerRef<Witness>> of(String name, List<String> journal) {
    return GenServer.<Witness>of(() -> new Witness(name, journal)).id(name);
  }

  @Override
  public Init<Witness> init() {
    Self.trapExits(true);
    return Init.ok(this);
  }

  @Override
  public void terminate(ExitReason reason, Witness state) {
    journal.add(name + " " + reason);
  }
}
