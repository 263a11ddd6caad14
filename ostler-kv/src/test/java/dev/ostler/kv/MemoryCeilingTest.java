package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** How much memory buckets may take. That commands keep to it is in {@link RespLimitsTest}. */
class MemoryCeilingTest {
  private final Settings settings = new Settings();
  private final LongAdder used = new LongAdder();
  private final MemoryCeiling ceiling = new MemoryCeiling(settings, used, 1000);

  @Test
  void is_that_of_the_heap_unless_a_setting_says_otherwise() {
    used.add(1000);
    ceiling.check();
    used.increment();
    assertThatThrownBy(ceiling::check).isInstanceOf(CommandError.class).hasMessageContaining("OOM");
    settings.set("maxmemory", "2000");
    ceiling.check();
    settings.set("maxmemory", "500");
    assertThatThrownBy(ceiling::check).isInstanceOf(CommandError.class);
  }

  @Test
  void leaves_a_quarter_of_the_heap_to_commands_where_nothing_is_kept() {
    try (Kv kv = Kv.open(KvConfig.inMemory().respPort(0))) {
      assertThat(MemoryCeiling.ofHeap(kv.keyspace().environment()))
          .isEqualTo(Runtime.getRuntime().maxMemory() / 4 * 3);
    }
  }
}
