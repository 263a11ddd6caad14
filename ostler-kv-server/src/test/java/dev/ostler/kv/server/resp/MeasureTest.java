package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.command.AllCommands;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** How commands are counted, and which of them are slow. */
class MeasureTest {
  private static final int MANY = 1000;

  private final CommandSpec get = AllCommands.ALL.findFull("get");
  private final CommandSpec set = AllCommands.ALL.findFull("set");
  private final Stats stats =
      new Stats(AllCommands.ALL.all().size(), new LongAdder(), new LongAdder());
  private final SlowLog slowLog = new SlowLog();
  private final Settings settings = new Settings();
  private final RespWriter out = new RespWriter(2);
  private long now;
  private int looks;

  private final Measure measure =
      new Measure(stats, slowLog, settings, new ClientInfo(1, "a", "b"), this::look);

  private long look() {
    looks++;
    return now;
  }

  /** Runs a command that takes this many milliseconds. */
  private void does(CommandSpec spec, String key, long millis, boolean quick) {
    measure.turnTo(spec);
    now += TimeUnit.MILLISECONDS.toNanos(millis);
    measure.done(spec, Args.of(spec.name(), key), out, out.length(), quick);
  }

  @Test
  void quick_commands_share_a_look_at_the_clock_and_are_counted_each() {
    measure.begin();
    for (int i = 0; i < MANY; i++) {
      does(get, "k", 1, true);
    }
    measure.count();

    assertThat(stats.of(get).calls.sum()).isEqualTo(MANY);
    assertThat(stats.of(get).nanos.sum()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(MANY));
    assertThat(looks).isLessThan(MANY / 10);
  }

  @Test
  void the_time_of_each_kind_is_its_own() {
    measure.begin();
    does(get, "k", 3, true);
    does(set, "k", 4, true);
    does(get, "k", 5, true);
    measure.count();

    assertThat(stats.of(get).nanos.sum()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(8));
    assertThat(stats.of(set).nanos.sum()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(4));
  }

  @Test
  void a_command_that_is_not_quick_and_slow_is_remembered_itself() {
    measure.begin();
    does(get, "before", 0, true);
    does(get, "slow", 10, false);
    does(get, "after", 0, true);
    measure.count();

    assertThat(slowLog.latest(10)).hasSize(1).first().asString().contains("slow");
  }

  @Test
  void quick_ones_that_were_held_up_are_remembered_once() {
    measure.begin();
    does(get, "a", 0, true);
    does(get, "b", 20, true);
    does(get, "c", 0, false);
    does(get, "d", 20, true);
    measure.count();

    assertThat(slowLog.latest(10))
        .extracting(SlowLog.Entry::micros)
        .containsExactly(20_000L, 20_000L);
  }

  @Test
  void a_time_that_quick_ones_can_have_taken_together_is_measured_for_each() {
    settings.set("slowlog-log-slower-than", "0");
    measure.begin();
    does(get, "a", 0, true);
    does(get, "b", 0, true);

    assertThat(slowLog.latest(10)).hasSize(2);
  }
}
