package dev.ostler.kv.clients;

import dev.ostler.kv.server.Certificates;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.ScanParams;

/** Jedis. Used by one thread. */
final class JedisLibrary implements Library {
  private final Target target;
  private final Jedis jedis;

  JedisLibrary(Target target) throws Exception {
    this.target = target;
    this.jedis = connect();
  }

  private Jedis connect() throws Exception {
    var config = DefaultJedisClientConfig.builder().timeoutMillis(60_000); // on a busy machine
    if (target.authority().isPresent()) {
      config.ssl(true).sslSocketFactory(Certificates.client().getSocketFactory());
    }
    target.password().ifPresent(config::password);
    return new Jedis(new HostAndPort("localhost", target.port()), config.build());
  }

  @Override
  public void write(String bucket, String key, String value) {
    jedis.hset(bucket, key, value);
  }

  @Override
  public String read(String bucket, String key) {
    return jedis.hget(bucket, key);
  }

  @Override
  public void set(String bucket, String value) {
    jedis.set(bucket, value);
  }

  @Override
  public String get(String bucket) {
    return jedis.get(bucket);
  }

  @Override
  public List<String> scan(String pattern) {
    var found = new ArrayList<String>();
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      var page = jedis.scan(cursor, new ScanParams().match(pattern).count(10));
      found.addAll(page.getResult());
      cursor = page.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    return found;
  }

  @Override
  public long expire(String bucket, long millis) {
    jedis.pexpire(bucket, millis);
    return jedis.pttl(bucket);
  }

  @Override
  public boolean exists(String bucket) {
    return jedis.exists(bucket);
  }

  @Override
  public List<String> transaction(String bucket) {
    try (var transaction = jedis.multi()) {
      transaction.hset(bucket, "a", "1");
      transaction.hincrBy(bucket, "a", 41);
      transaction.hget(bucket, "a");
      return transaction.exec().stream().map(String::valueOf).toList();
    }
  }

  @Override
  public List<Long> pipeline(String bucket, int count) {
    try (var pipeline = jedis.pipelined()) {
      var replies = new ArrayList<Response<Long>>();
      for (int i = 0; i < count; i++) {
        replies.add(pipeline.hincrBy(bucket, "n", 1));
      }
      pipeline.sync();
      return replies.stream().map(Response::get).toList();
    }
  }

  @Override
  public String publish(String channel, String text) throws Exception {
    var subscribed = new CompletableFuture<Void>();
    var heard = new CompletableFuture<String>();
    var listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String to, int count) {
            subscribed.complete(null);
          }

          @Override
          public void onMessage(String from, String message) {
            heard.complete(message);
            unsubscribe();
          }
        };
    try (Jedis other = connect()) {
      var listening =
          CompletableFuture.runAsync(() -> other.subscribe(listener, channel))
              .whenComplete(
                  (_, failure) -> {
                    if (failure != null) {
                      subscribed.completeExceptionally(failure);
                      heard.completeExceptionally(failure);
                    }
                  });
      subscribed.get(60, TimeUnit.SECONDS);
      jedis.publish(channel, text);
      listening.get(60, TimeUnit.SECONDS);
      return heard.get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    jedis.close();
  }
}
