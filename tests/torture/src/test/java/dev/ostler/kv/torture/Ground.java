package dev.ostler.kv.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the nodes run: on this host's loopback device, or each in a network namespace of its own,
 * with {@link Wires} between them. Immutable.
 *
 * <p>The addresses are of 127.0.0.0/8 in both cases, because nodes take no others without TLS. In
 * namespaces these are addresses like all others: each namespace gives up its own.
 *
 * @param wires empty on loopback
 */
record Ground(Optional<Wires> wires) {
  /** The last number of the clients' address; those of the nodes follow. */
  static final int FIRST_PLACE = 10;

  private static final String NETWORK = "127.77.0.";

  /** All nodes on loopback. */
  static Ground host() {
    return new Ground(Optional.empty());
  }

  /** A namespace for each of so many nodes; this program must be alone in one already. */
  static Ground namespaces(int nodes) throws IOException, InterruptedException {
    var ends = new ArrayList<Tun>();
    for (int place = 0; place <= nodes; place++) {
      String device = "kv" + place;
      ends.add(new Tun(device));
      String in = "";
      if (place > 0) {
        Shell.run("ip netns add " + device);
        Shell.run("ip link set " + device + " netns " + device);
        in = " -n " + device;
      }
      Shell.run("ip" + in + " link set lo up");
      String settings = "sysctl -qw net.ipv4.conf.all.route_localnet=1";
      Shell.run(place > 0 ? "ip netns exec " + device + " " + settings : settings);
      Shell.run("ip" + in + " route del local 127.0.0.0/8 table local");
      Shell.run(
          "ip" + in + " address add " + NETWORK + (FIRST_PLACE + place) + "/24 dev " + device);
      Shell.run("ip" + in + " link set " + device + " up");
    }
    return new Ground(Optional.of(new Wires(ends)));
  }

  /** The address of a node, 1 and up. */
  String address(int node) {
    return wires.isPresent() ? NETWORK + (FIRST_PLACE + node) : "127.0.0.1";
  }

  /** What comes before the command that starts a node. */
  List<String> prefix(int node) {
    return wires.isPresent() ? List.of("ip", "netns", "exec", "kv" + node) : List.of();
  }
}
