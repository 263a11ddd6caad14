package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/**
 * One node of a store in a JVM of its own. It reads commands from its input, one a line: {@code put
 * KEY}, {@code set VALUE}, {@code get} and {@code dump}. It says {@code leader NAME} when it hears
 * of one, or {@code leader unknown}; {@code done KEY} or {@code failed KEY} for each put; {@code
 * set VALUE} and {@code got VALUE}, or {@code refused}, for set and get; and {@code has KEY} for
 * each key it has, then {@code dumped}.
 *
 * <p>With the property {@link #UNGUARDED} its reads do not ask whether it still leads.
 *
 * <p>Arguments: its name, its directory, and each node's name and port.
 */
final class NodeMain {
  static final String UNGUARDED = "dev.ostler.unguarded";

  private static final String BUCKET = "b";
  private static final String REGISTER = "register";

  private NodeMain() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    var members = new ArrayList<RaftConfig.Member>();
    for (int i = 2; i < arguments.length; i += 2) {
      int port = Integer.parseInt(arguments[i + 1]);
      members.add(new RaftConfig.Member(arguments[i], "127.0.0.1", port));
    }
    Path directory = Path.of(arguments[1]);
    var config =
        new RaftConfig(arguments[0], members, directory.resolve("log"), 0, 1 << 20, Map.of());
    KvNode node =
        KvNode.open(config, directory.resolve("data"), new RocksEngine(), new Said(out), _ -> {});
    var _ = node.ended().whenComplete((_, _) -> Runtime.getRuntime().halt(1));
    var in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String command = line;
      Thread.ofVirtual().start(() -> run(node, command, out));
    }
    Runtime.getRuntime().halt(0); // the test has ended
  }

  /** Says who leads, and takes the guard from reads if it is asked to. */
  private record Said(PrintStream out) implements KvNode.Offer {
    @Override
    public KvConfig leading(KvConfig store) {
      return store;
    }

    @Override
    public Optional<KvConfig> following() {
      return Optional.empty();
    }

    @Override
    public void leaderIs(Optional<String> leader) {
      out.println("leader " + leader.orElse("unknown"));
    }

    @Override
    public BucketStore whole(BucketStore store) {
      return Boolean.getBoolean(UNGUARDED) ? withoutLease(store) : store;
    }
  }

  private static BucketStore withoutLease(BucketStore store) {
    return (BucketStore)
        Proxy.newProxyInstance(
            NodeMain.class.getClassLoader(),
            new Class<?>[] {BucketStore.class},
            (_, method, arguments) -> {
              try {
                return method.getName().equals("lease")
                    ? Optional.empty()
                    : method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Reads or writes the one value of which there are histories. */
  private static String register(KvNode node, String command) {
    try {
      Kv kv = node.kv().orElseThrow(() -> new IOException("this node does not lead"));
      if (command.equals("get")) {
        return "got "
            + kv.lookup(REGISTER).flatMap(bucket -> bucket.get(REGISTER)).orElse("nothing");
      }
      kv.create(REGISTER).put(REGISTER, command.substring("set ".length()));
      return command;
    } catch (Exception e) {
      return "refused";
    }
  }

  private static void run(KvNode node, String command, PrintStream out) {
    if (command.equals("get") || command.startsWith("set ")) {
      out.println(register(node, command));
      return;
    }
    if (command.equals("dump")) {
      node.kv()
          .flatMap(kv -> kv.lookup(BUCKET))
          .ifPresent(bucket -> bucket.entries().keySet().forEach(key -> out.println("has " + key)));
      out.println("dumped");
      return;
    }
    String key = command.substring("put ".length());
    try {
      Kv kv = node.kv().orElseThrow(() -> new IOException("this node does not lead"));
      kv.create(BUCKET).put(key, "value");
      out.println("done " + key);
    } catch (Exception e) {
      out.println("failed " + key);
    }
  }
}
