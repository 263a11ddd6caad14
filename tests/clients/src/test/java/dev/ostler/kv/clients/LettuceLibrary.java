package dev.ostler.kv.clients;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Lettuce. Used by one thread. */
final class LettuceLibrary implements Library {
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final RedisCommands<String, String> redis;

  LettuceLibrary(Target target) {
    var uri = RedisURI.builder().withHost("localhost").withPort(target.port());
    target.authority().ifPresent(_ -> uri.withSsl(true));
    target.password().ifPresent(password -> uri.withPassword(password.toCharArray()));
    client = RedisClient.create(uri.build());
    target
        .authority()
        .ifPresent(
            file ->
                client.setOptions(
                    ClientOptions.builder()
                        .sslOptions(SslOptions.builder().trustManager(file.toFile()).build())
                        .build()));
    connection = client.connect();
    redis = connection.sync();
  }

  @Override
  public void write(String bucket, String key, String value) {
    redis.hset(bucket, key, value);
  }

  @Override
  public String read(String bucket, String key) {
    return redis.hget(bucket, key);
  }

  @Override
  public void set(String bucket, String value) {
    redis.set(bucket, value);
  }

  @Override
  public String get(String bucket) {
    return redis.get(bucket);
  }

  @Override
  public List<String> scan(String pattern) {
    return ScanIterator.scan(redis, ScanArgs.Builder.limit(10).match(pattern)).stream().toList();
  }

  @Override
  public long expire(String bucket, long millis) {
    redis.pexpire(bucket, millis);
    return redis.pttl(bucket);
  }

  @Override
  public boolean exists(String bucket) {
    return redis.exists(bucket) == 1;
  }

  @Override
  public List<String> transaction(String bucket) {
    redis.multi();
    redis.hset(bucket, Map.of("a", "1"));
    redis.hincrby(bucket, "a", 41);
    redis.hget(bucket, "a");
    return redis.exec().stream().map(String::valueOf).toList();
  }

  @Override
  public List<Long> pipeline(String bucket, int count) throws Exception {
    connection.setAutoFlushCommands(false);
    var replies = new ArrayList<RedisFuture<Long>>();
    for (int i = 0; i < count; i++) {
      replies.add(connection.async().hincrby(bucket, "n", 1));
    }
    connection.flushCommands();
    connection.setAutoFlushCommands(true);
    LettuceFutures.awaitAll(Duration.ofSeconds(60), replies.toArray(RedisFuture[]::new));
    var values = new ArrayList<Long>();
    for (RedisFuture<Long> reply : replies) {
      values.add(reply.get());
    }
    return values;
  }

  @Override
  public String publish(String channel, String text) throws Exception {
    var heard = new CompletableFuture<String>();
    try (var other = client.connectPubSub()) {
      other.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String message) {
              heard.complete(message);
            }
          });
      other.sync().subscribe(channel);
      redis.publish(channel, text);
      return heard.get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
  }
}
