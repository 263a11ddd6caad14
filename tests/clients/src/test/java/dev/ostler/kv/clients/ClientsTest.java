package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people do with the clients they have, as they get them, with TLS or not, with AUTH or not.
 */
@ParameterizedClass(name = "{0}, TLS {1}, AUTH {2}")
@MethodSource("configurations")
class ClientsTest {
  /** The clients. */
  enum Client {
    JEDIS,
    LETTUCE,
    IOREDIS,
    NODE_REDIS,
    REDIS_CLI;

    String absence() {
      return switch (this) {
        case JEDIS, LETTUCE -> "";
        case IOREDIS -> NodeLibrary.absence("ioredis");
        case NODE_REDIS -> NodeLibrary.absence("redis");
        case REDIS_CLI -> CommandLineLibrary.absence();
      };
    }

    Library connect(Target target) throws Exception {
      return switch (this) {
        case JEDIS -> new JedisLibrary(target);
        case LETTUCE -> new LettuceLibrary(target);
        case IOREDIS -> new NodeLibrary("ioredis", target);
        case NODE_REDIS -> new NodeLibrary("redis", target);
        case REDIS_CLI -> new CommandLineLibrary(target);
      };
    }
  }

  static Stream<Arguments> configurations() {
    return Stream.of(Client.values())
        .flatMap(
            client ->
                IntStream.range(0, 4)
                    .mapToObj(i -> Arguments.of(client, (i & 1) != 0, (i & 2) != 0)));
  }

  @TempDir Path folder;

  @Parameter(0)
  Client client;

  @Parameter(1)
  boolean tls;

  @Parameter(2)
  boolean auth;

  private Target target;
  private Library library;

  @BeforeEach
  void connect() throws Exception {
    String absence = client.absence();
    assumeTrue(absence.isEmpty(), absence);
    target = Target.open(folder, tls, auth);
    library = client.connect(target);
  }

  @AfterEach
  void close() throws Exception {
    if (library != null) {
      library.close();
    }
    if (target != null) {
      target.close();
    }
  }

  @Test
  void writes_and_reads() throws Exception {
    library.write("shopping", "milk", "2 litres");
    assertThat(library.read("shopping", "milk")).isEqualTo("2 litres");
    library.set("greeting", "good day");
    assertThat(library.get("greeting")).isEqualTo("good day");
    assertThat(target.kv().lookup("shopping").orElseThrow().get("milk")).contains("2 litres");
  }

  @Test
  void scans() throws Exception {
    List<String> names = IntStream.range(0, 100).mapToObj(i -> "bucket:" + i).toList();
    names.forEach(name -> target.kv().create(name));
    target.kv().create("other");
    assertThat(library.scan("bucket:*")).containsOnlyOnceElementsOf(names).hasSize(100);
  }

  @Test
  void lets_buckets_expire() throws Exception {
    library.write("session", "user", "1");
    assertThat(library.expire("session", 100_000)).isBetween(1L, 100_000L);
    assertThat(library.exists("session")).isTrue();
    library.expire("session", -1);
    assertThat(library.exists("session")).isFalse();
  }

  @Test
  void does_transactions() throws Exception {
    assertThat(library.transaction("account")).containsExactly("1", "42", "42");
  }

  @Test
  void pipelines_10_000_commands() throws Exception {
    assertThat(library.pipeline("counter", 10_000))
        .isEqualTo(LongStream.rangeClosed(1, 10_000).boxed().toList());
  }

  @Test
  void publishes_and_subscribes() throws Exception {
    assertThat(library.publish("news", "good news")).isEqualTo("good news");
  }
}
