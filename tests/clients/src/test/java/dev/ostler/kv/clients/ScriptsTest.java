package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.server.KvServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** Scripts of client libraries and of their users, as these send them. */
class ScriptsTest {
  /** As Redisson's lock sends it. */
  private static final String LOCK =
      "if ((redis.call('exists', KEYS[1]) == 0) "
          + "or (redis.call('hexists', KEYS[1], ARGV[2]) == 1)) then "
          + "redis.call('hincrby', KEYS[1], ARGV[2], 1); "
          + "redis.call('pexpire', KEYS[1], ARGV[1]); "
          + "return nil; "
          + "end; "
          + "return redis.call('pttl', KEYS[1]);";

  private static final String UNLOCK =
      "if (redis.call('hexists', KEYS[1], ARGV[3]) == 0) then return nil; end; "
          + "local counter = redis.call('hincrby', KEYS[1], ARGV[3], -1); "
          + "if (counter > 0) then redis.call('pexpire', KEYS[1], ARGV[2]); return 0; "
          + "else redis.call('del', KEYS[1]); redis.call('publish', KEYS[2], ARGV[1]); return 1; "
          + "end; return nil;";

  /** As the algorithm of Redlock releases a lock. */
  private static final String RELEASE =
      "if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) "
          + "else return 0 end";

  /** As rate-limiter-flexible counts. */
  private static final String CONSUME =
      "redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX') "
          + "local consumed = redis.call('incrby', KEYS[1], ARGV[1]) "
          + "local ttl = redis.call('pttl', KEYS[1]) "
          + "if ttl == -1 then redis.call('expire', KEYS[1], ARGV[2]) ttl = 1000 * ARGV[2] end "
          + "return {consumed, ttl}";

  private KvServer server;
  private Jedis jedis;

  @BeforeEach
  void start() {
    server = KvServer.start();
    jedis = new Jedis(server.host(), server.port(), 60_000); // on a busy machine
  }

  @AfterEach
  void close() {
    jedis.close();
    server.close();
  }

  @Test
  void a_lock_of_Redisson_is_taken_again_by_its_holder_and_by_nobody_else() {
    var key = List.of("lock");
    assertThat(jedis.eval(LOCK, key, List.of("30000", "one"))).isNull();
    assertThat(jedis.eval(LOCK, key, List.of("30000", "one"))).isNull();
    assertThat((Long) jedis.eval(LOCK, key, List.of("30000", "two"))).isPositive();
    var keys = List.of("lock", "redisson_lock__channel:{lock}");
    assertThat(jedis.eval(UNLOCK, keys, List.of("0", "30000", "two"))).isNull();
    assertThat(jedis.eval(UNLOCK, keys, List.of("0", "30000", "one"))).isEqualTo(0L);
    assertThat(jedis.eval(UNLOCK, keys, List.of("0", "30000", "one"))).isEqualTo(1L);
    assertThat(jedis.eval(LOCK, key, List.of("30000", "two"))).isNull();
  }

  @Test
  void a_lock_of_Redlock_is_released_by_its_holder_only() {
    jedis.set("lock", "mine");
    assertThat(jedis.eval(RELEASE, 1, "lock", "other")).isEqualTo(0L);
    assertThat(jedis.eval(RELEASE, 1, "lock", "mine")).isEqualTo(1L);
    assertThat(jedis.exists("lock")).isFalse();
  }

  @Test
  void a_rate_limiter_counts() {
    assertThat((List<?>) jedis.eval(CONSUME, 1, "limit", "1", "60")).element(0).isEqualTo(1L);
    assertThat((List<?>) jedis.eval(CONSUME, 1, "limit", "2", "60")).element(0).isEqualTo(3L);
    assertThat(jedis.pttl("limit")).isPositive();
  }

  @Test
  void Jedis_loads_scripts_and_functions() {
    String sha = jedis.scriptLoad("return {KEYS[1],ARGV[1]}");
    assertThat(jedis.scriptExists(sha)).isTrue();
    assertThat(jedis.evalsha(sha, 1, "k", "v")).isEqualTo(List.of("k", "v"));
    jedis.scriptFlush();
    assertThatThrownBy(() -> jedis.evalsha(sha, 1, "k", "v"))
        .isInstanceOf(JedisNoScriptException.class);
    assertThatThrownBy(() -> jedis.eval("error('boom')"))
        .isInstanceOf(JedisDataException.class)
        .hasMessageStartingWith("ERR user_script:1: boom script: ");
    jedis.functionLoad(
        "#!lua name=mine\nredis.register_function('add',"
            + "function(k,a) return redis.call('incrby',k[1],a[1]) end)");
    assertThat(jedis.fcall("add", List.of("n"), List.of("5"))).isEqualTo(5L);
    assertThat(jedis.functionList()).hasSize(1);
    byte[] dump = jedis.functionDump();
    jedis.functionFlush();
    jedis.functionRestore(dump);
    assertThat(jedis.fcall("add", List.of("n"), List.of("5"))).isEqualTo(10L);
  }

  @Test
  void Lettuce_runs_scripts_in_protocol_3() {
    try (var client = RedisClient.create(server.uri().toString());
        var connection = client.connect()) {
      var commands = connection.sync();
      assertThat(
              commands.<Long>eval(
                  "return redis.call('incrby',KEYS[1],ARGV[1])",
                  ScriptOutputType.INTEGER,
                  new String[] {"n"},
                  "5"))
          .isEqualTo(5L);
      assertThat(commands.<List<Object>>eval("return {1,'x'}", ScriptOutputType.MULTI))
          .isEqualTo(List.of(1L, "x"));
      assertThat(commands.<Boolean>eval("return true", ScriptOutputType.BOOLEAN)).isTrue();
    }
  }
}
