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

/** A small program, which the page shows: three desks, and customers. Any thread may use it. */
final class Shop implements AutoCloseable {
  /** A label that is shown as it is. */
  static final String ODD = "<b onclick=\"alert(1)\">odd</b>";

  private final Name<Desk> orders = Name.unique("orders");
  private final Name<Desk> stock = Name.unique("stock");
  private final Name<Desk> ledger = Name.unique("ledger");
  private final Name<Desk> odd = Name.unique("odd");
  private final Supervisor supervisor;
  private final DynamicSupervisor customers;

  Shop() {
    supervisor =
        Supervisor.of(Strategy.REST_FOR_ONE)
            .intensity(1000, Duration.ofSeconds(5))
            .label("shop")
            .child(GenServer.of(() -> new Desk(Optional.empty())).named(ledger).label("ledger"))
            .child(GenServer.of(() -> new Desk(Optional.of(ledger))).named(stock).label("stock"))
            .child(GenServer.of(() -> new Desk(Optional.of(stock))).named(orders).label("orders"))
            .child(GenServer.of(() -> new Desk(Optional.empty())).named(odd).label(ODD))
            .start();
    customers = supervisor.startChild(DynamicSupervisor.of().label("customers"));
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
    return customers.startChild(GenServer.of(() -> new Desk(Optional.empty())).label(label));
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
