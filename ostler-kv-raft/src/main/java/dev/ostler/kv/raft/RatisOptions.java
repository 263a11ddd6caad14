package dev.ostler.kv.raft;

import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.LeaderElection;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.server.RaftServerConfigKeys.Snapshot;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The options of Apache Ratis. Pure functions; any thread. */
final class RatisOptions {
  /** With any of these, a committed command may be lost. */
  private static final List<String> REFUSED =
      List.of(Log.UNSAFE_FLUSH_ENABLED_KEY, Log.ASYNC_FLUSH_ENABLED_KEY, Log.USE_MEMORY_KEY);

  private static final long STAGING_MILLIS = 10_000;

  private RatisOptions() {}

  /**
   * Refuses options that may lose commands, or let an old leader be certain that it still leads.
   */
  static void check(Map<String, String> options) {
    for (String option : REFUSED) {
      String value = options.getOrDefault(option, "false").strip();
      if (!value.equalsIgnoreCase("false")) {
        throw new IllegalArgumentException(
            "the option " + option + " loses committed commands: it must be false, not " + value);
      }
    }
    var timeout = new RaftProperties();
    timeout.set(
        Rpc.TIMEOUT_MIN_KEY,
        options.getOrDefault(Rpc.TIMEOUT_MIN_KEY, Leadership.TIMEOUT_MILLIS + "ms"));
    if (Rpc.timeoutMin(timeout).toLong(TimeUnit.MILLISECONDS) < Leadership.TIMEOUT_MILLIS) {
      throw new IllegalArgumentException(
          "the option %s must be at least %d ms: %s"
              .formatted(
                  Rpc.TIMEOUT_MIN_KEY,
                  Leadership.TIMEOUT_MILLIS,
                  options.get(Rpc.TIMEOUT_MIN_KEY)));
    }
  }

  static RaftProperties of(RaftConfig config) {
    var options = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(options, List.of(config.directory().toFile()));
    RaftServerConfigKeys.setRemovedGroupsDir(
        options, new File(config.directory().toFile(), "removed"));
    RaftConfigKeys.Rpc.setType(options, SupportedRpcType.GRPC);
    GrpcConfigKeys.Server.setHost(options, config.self().host());
    GrpcConfigKeys.Server.setPort(options, config.self().port());

    Rpc.setTimeoutMin(options, millis(Leadership.TIMEOUT_MILLIS));
    Rpc.setTimeoutMax(options, millis(2 * Leadership.TIMEOUT_MILLIS));

    // By default a node that has ceased to lead does not stand for election for 10 seconds, even if
    // it is the only one that can win.
    LeaderElection.setLeaderStepDownWaitTime(options, millis(Leadership.TIMEOUT_MILLIS));

    // Otherwise an entry of its own is synced for each index that is committed.
    Log.setLogMetadataEnabled(options, false);
    Log.Appender.setWaitTimeMin(options, TimeDuration.ZERO);

    // The largest entry.
    Log.Appender.setBufferByteLimit(options, SizeInBytes.valueOf(Leadership.MOST_BYTES + 100_000L));

    // A new node that has got a large snapshot may need a while to take it over.
    RaftServerConfigKeys.setStagingTimeout(options, millis(STAGING_MILLIS));

    // A node that is away must not keep the others from deleting their logs: it gets a snapshot.
    Log.setPurgeUptoSnapshotIndex(options, true);
    Log.setPurgeGap(options, 1);
    Snapshot.setTriggerWhenStopEnabled(options, false);

    config.options().forEach(options::set);
    return options;
  }

  /**
   * What cannot be said in options: the files for TLS, with which each side shows a certificate.
   */
  static Parameters parameters(RaftConfig config) {
    var parameters = new Parameters();
    config
        .tls()
        .ifPresent(
            tls ->
                GrpcConfigKeys.TLS.setConf(
                    parameters,
                    new GrpcTlsConfig(
                        tls.key().toFile(),
                        tls.certificate().toFile(),
                        tls.authorities().toFile(),
                        true)));
    return parameters;
  }

  static TimeDuration millis(long millis) {
    return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
  }
}
