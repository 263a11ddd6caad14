package dev.ostler.kv.clients;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** The ways in which clients reach a store on several nodes. */
enum NodeClients {
  /** A connection to one node; after a failure, to the one that leads now. */
  PLAIN_JEDIS {
    @Override
    Writer connect(NodeServers nodes) throws InterruptedException {
      var jedis = new Jedis(new HostAndPort(HOST, nodes.port(nodes.leader())), config());
      return writer(jedis::set, jedis::get, jedis::close);
    }
  },
  /** The same, with a library that connects again by itself. */
  PLAIN_LETTUCE {
    @Override
    Writer connect(NodeServers nodes) throws InterruptedException {
      RedisClient client = RedisClient.create(uri(nodes.port(nodes.leader())));
      StatefulRedisConnection<String, String> connection = client.connect();
      var commands = connection.sync();
      return writer(commands::set, commands::get, () -> end(client));
    }
  },
  /** Knows all nodes, and follows MOVED. */
  CLUSTER_JEDIS {
    @Override
    Writer connect(NodeServers nodes) {
      Set<HostAndPort> all =
          nodes.ports().stream()
              .map(port -> new HostAndPort(HOST, port))
              .collect(Collectors.toSet());
      var cluster =
          redis.clients.jedis.RedisClusterClient.builder()
              .nodes(all)
              .clientConfig(config())
              .build();
      return writer(cluster::set, cluster::get, cluster::close);
    }
  },
  /** The same, with another library. */
  CLUSTER_LETTUCE {
    @Override
    Writer connect(NodeServers nodes) {
      List<RedisURI> all = nodes.ports().stream().map(NodeClients::uri).toList();
      RedisClusterClient client = RedisClusterClient.create(all);
      client.setOptions(
          ClusterClientOptions.builder()
              .topologyRefreshOptions(
                  ClusterTopologyRefreshOptions.builder()
                      .enableAllAdaptiveRefreshTriggers()
                      .build())
              .build());
      StatefulRedisClusterConnection<String, String> connection = client.connect();
      var commands = connection.sync();
      return writer(commands::set, commands::get, () -> end(client));
    }
  };

  private static final String HOST = "127.0.0.1";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** A connection, or several. Used by one thread. */
  interface Writer extends AutoCloseable {
    void set(String key, String value);

    String get(String key);

    @Override
    void close();
  }

  abstract Writer connect(NodeServers nodes) throws InterruptedException;

  private static Writer writer(
      BiConsumer<String, String> set, UnaryOperator<String> get, Runnable close) {
    return new Writer() {
      @Override
      public void set(String key, String value) {
        set.accept(key, value);
      }

      @Override
      public String get(String key) {
        return get.apply(key);
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }

  private static void end(AbstractRedisClient client) {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
  }

  private static DefaultJedisClientConfig config() {
    return DefaultJedisClientConfig.builder().timeoutMillis((int) TIMEOUT.toMillis()).build();
  }

  private static RedisURI uri(int port) {
    return RedisURI.builder().withHost(HOST).withPort(port).withTimeout(TIMEOUT).build();
  }
}
