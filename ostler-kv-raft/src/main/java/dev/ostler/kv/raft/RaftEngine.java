package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Cluster;
import java.io.IOException;
import java.util.ServiceLoader;

/**
 * Runs nodes of a store on several machines, for {@code kv serve --cluster}. It is found by {@link
 * ServiceLoader}; any thread may use it.
 */
public final class RaftEngine implements Cluster.Engine {
  /** For {@link ServiceLoader}. */
  public RaftEngine() {}

  @Override
  public Cluster join(Cluster.Setup setup, Cluster.Host host) throws IOException {
    LastWords.listen();
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
            setup.node(),
            setup.members().stream().map(RaftEngine::member).toList(),
            setup.directory().resolve("log"));
    config = setup.joins() ? config.joining() : config;
    config = setup.tls().isPresent() ? config.tls(setup.tls().get()) : config;
    var cluster = new RaftCluster(setup.node(), setup.members(), setup.tls().isPresent(), host);
    cluster.open(config, setup.directory().resolve("store"), stores);
    return cluster;
  }

  static RaftConfig.Member member(Cluster.Member member) {
    return new RaftConfig.Member(member.name(), member.host(), member.nodePort(), member.port());
  }
}
