package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** The limit for the memory of buckets. {@link RespLimitsTest} shows that commands obey it. */
class MemoryCeilingTest {
  private final Settings settings = new Settings();
  private final LongAdder used = new LongAdder();
  private final MemoryCeiling ceiling = new MemoryCeiling(settings, used, 1000);

  @Test
  void is_that_of_the_heap_by_default() {
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
  void leaves_half_of_the_heap_to_clients_and_to_what_commands_need() {
    assertThat(Environment.mostHeap()).isEqualTo(Runtime.getRuntime().maxMemory() / 2);
  }

  @Test
  void counts_a_large_command_before_it_is_done() {
    var words = Args.of("SET", "k", "x".repeat(100_000));
    var large = new MemoryCeiling(settings, used, 150_000);
    large.check(words);
    used.add(60_000);
    large.check();
    assertThatThrownBy(() -> large.check(words)).isInstanceOf(CommandError.class);
  }
}
