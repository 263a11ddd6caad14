package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Cluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs nodes of a store on several machines, for {@code kv serve --cluster}. It is found by {@link
 * ServiceLoader}; any thread may use it.
 */
public final class RaftEngine implements Cluster.Engine {
  /** Only what may need somebody's attention. Whoever wants to see more sets another level. */
  private static final Logger RATIS = Logger.getLogger("org.apache.ratis");

  /** For {@link ServiceLoader}. */
  public RaftEngine() {}

  @Override
  public Cluster join(String name, List<Cluster.Member> members, Path directory, Cluster.Host host)
      throws IOException {
    if (RATIS.getLevel() == null) {
      RATIS.setLevel(Level.WARNING);
    }
    BucketStore.Engine stores =
        ServiceLoader.load(BucketStore.Engine.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "there is no engine that stores buckets in a directory: add the module"
                            + " ostler-kv-rocksdb"));
    var config =
        new RaftConfig(
            name,
            members.stream()
                .map(each -> new RaftConfig.Member(each.name(), each.host(), each.nodePort()))
                .toList(),
            directory.resolve("log"));
    var cluster = new RaftCluster(name, members, host);
    cluster.open(config, directory.resolve("store"), stores);
    return cluster;
  }
}
