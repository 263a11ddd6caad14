package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Compares the memory in INFO with the JVM's. Runs in a JVM of its own: garbage of other tests
 * would be collected while it measures.
 */
@Tag("heap")
@ExtendWith(OstlerExtension.class)
class UsedMemoryTest {
  /** The bytes in use after garbage collection. */
  private static long live() {
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 4; attempt++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static long figure(RespPeer client, String name) throws IOException {
    String info = String.valueOf(client.ask("INFO", "memory"));
    return Long.parseLong(info.replaceAll("(?s).*\\b" + name + ":(\\d+).*", "$1"));
  }

  @Test
  void follows_values_that_are_replaced() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        RespPeer client = RespPeer.of(kv)) {
      client.ask("HSET", "few", "field", "1");
      client.ask("HSET", "many", "field", "1", "other", "x".repeat(100));
      long before = figure(client, "used_memory");
      for (String hash : List.of("few", "many")) {
        client.ask("HSET", hash, "field", "x".repeat(57));
        assertThat(figure(client, "used_memory")).isEqualTo(before + 56);
        client.ask("HSET", hash, "field", "2");
        assertThat(figure(client, "used_memory")).isEqualTo(before);
      }
    }
  }

  @Test
  void is_what_the_jvm_says() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        RespPeer client = RespPeer.of(kv)) {
      long counted = figure(client, "used_memory");
      long before = live();
      for (int i = 0; i < 60_000; i++) {
        client.send("HSET", "bucket:" + i, "key", "value:" + i, "other", "x".repeat(300));
      }
      var _ = client.replies(60_000);
      long took = live() - before;
      assertThat(figure(client, "used_memory") - counted).isCloseTo(took, withinPercentage(20));
      assertThat(figure(client, "heap_used")).isGreaterThan(took);
    }
  }
}
