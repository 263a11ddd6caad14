package dev.ostler.kv.server.line;

import dev.ostler.CallException;
import dev.ostler.Pid;
import dev.ostler.Supervisor;
import dev.ostler.kv.Kv;
import dev.ostler.kv.TestKv;
import java.util.List;
import java.util.Optional;

/** The processes of a store's line protocol, for tests that kill them. Any thread may use it. */
public final class LineProcesses {
  private LineProcesses() {}

  /** The processes, newest first; none while their supervisor is being restarted. */
  static List<Supervisor.ChildInfo> of(Kv kv) {
    try {
      return ((LineEndpoint) TestKv.endpoint(kv, "line")).processes().children();
    } catch (CallException.Exited | CallException.NoProcess e) {
      return List.of();
    }
  }

  private static Optional<Pid> at(Kv kv, int place) {
    List<Supervisor.ChildInfo> all = of(kv);
    return all.size() > place ? all.get(place).pid() : Optional.empty();
  }

  /** The process that accepts clients, if there is one at the moment. */
  public static Optional<Pid> listener(Kv kv) {
    return at(kv, 0);
  }

  /** The process that starts the clients' processes, if there is one at the moment. */
  public static Optional<Pid> connections(Kv kv) {
    return at(kv, 1);
  }
}
