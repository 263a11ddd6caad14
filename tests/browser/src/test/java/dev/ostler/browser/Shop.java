package dev.ostler.browser;

import dev.ostler.CallException;
import dev.ostler.DynamicSupervisor;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.time.Duration;
import java.util.Optional;

/**
 * A small program, which the page shows: three desks, and customers. Any thread may use it; there
 * is one at a time.
 */
final class Shop implements AutoCloseable {
  /** A name that is shown as it is. */
  static final String ODD = "<b onclick=\"alert(1)\">odd</b>";

  private final Name<Desk> orders = Name.of("orders");
  private final Name<Desk> stock = Name.of("stock");
  private final Name<Desk> ledger = Name.of("ledger");
  private final Name<Desk> odd = Name.of(ODD);
  private final Name<DynamicSupervisor> customers = Name.of("customers");
  private final Supervisor supervisor;

  Shop() {
    supervisor =
        Supervisor.of(Strategy.REST_FOR_ONE)
            .intensity(1000, Duration.ofSeconds(5))
            .label("shop")
            .child(GenServer.of(() -> new Desk(Optional.empty())).named(ledger))
            .child(GenServer.of(() -> new Desk(Optional.of(ledger))).named(stock))
            .child(GenServer.of(() -> new Desk(Optional.of(stock))).named(orders))
            .child(GenServer.of(() -> new Desk(Optional.empty())).named(odd))
            .child(DynamicSupervisor.of().named(customers))
            .start();
  }

  ServerRef<Desk> orders() {
    return orders;
  }

  ServerRef<Desk> stock() {
    return stock;
  }

  Pid pid() {
    return supervisor.pid();
  }

  /** Starts one more process, which waits. */
  ServerRef<Desk> customer(String label) {
    return DynamicSupervisor.at(customers)
        .startChild(GenServer.of(() -> new Desk(Optional.empty())).label(label));
  }

  /** An order that crashes the ledger's desk, and the wait until all desks are there again. */
  void crash() {
    try {
      ledger.call(new Desk.Order("unicorn"));
    } catch (CallException expected) {
      supervisor.children();
    }
  }

  @Override
  public void close() {
    supervisor.stop();
  }
}
