package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import io.lettuce.core.RedisClient;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.csc.Cache;
import redis.clients.jedis.csc.CacheConfig;
import redis.clients.jedis.csc.CacheFactory;

/**
 * The caches of client libraries forget what others have changed. A reply on the same connection
 * comes after what was told before it, so nobody waits for time to pass.
 */
class CachesTest {
  private Kv kv;
  private Jedis other;

  @BeforeEach
  void open() {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    other = new Jedis("localhost", kv.port("resp"), 60_000);
    other.set("a", "1");
  }

  @AfterEach
  void close() {
    other.close();
    kv.close();
  }

  @Test
  void of_Jedis() {
    Cache cache = CacheFactory.getCache(CacheConfig.builder().maxSize(100).build());
    var one = new ConnectionPoolConfig();
    one.setMaxTotal(1);
    try (var jedis =
        redis.clients.jedis.RedisClient.builder()
            .hostAndPort(new HostAndPort("localhost", kv.port("resp")))
            .clientConfig(DefaultJedisClientConfig.builder().resp3().timeoutMillis(60_000).build())
            .poolConfig(one)
            .cache(cache)
            .build()) {
      assertThat(jedis.get("a")).isEqualTo("1");
      assertThat(jedis.get("a")).isEqualTo("1");
      assertThat(cache.getStats().getHitCount()).isEqualTo(1);
      other.set("a", "2");
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.get("a")).isEqualTo("2");
      other.flushAll();
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.get("a")).isNull();
      other.hset("h", "f", "1");
      assertThat(jedis.hget("h", "f")).isEqualTo("1");
      other.hset("h", "f", "2");
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.hget("h", "f")).isEqualTo("2");
      assertThat(cache.getStats().getHitCount()).isEqualTo(1);
    }
  }

  @Test
  void of_Lettuce() {
    Map<String, String> cached = new ConcurrentHashMap<>();
    RedisClient client = RedisClient.create("redis://localhost:" + kv.port("resp"));
    try (var connection = client.connect()) {
      var frontend =
          ClientSideCaching.enable(
              CacheAccessor.forMap(cached), connection, TrackingArgs.Builder.enabled());
      assertThat(frontend.get("a")).isEqualTo("1");
      assertThat(cached).containsEntry("a", "1");
      other.set("a", "2");
      assertThat(connection.sync().ping()).isEqualTo("PONG");
      assertThat(cached).isEmpty();
      assertThat(frontend.get("a")).isEqualTo("2");
    } finally {
      client.shutdown();
    }
  }
}
