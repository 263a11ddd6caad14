package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is killed under load has its confirmed writes after a restart. A few rounds; {@code
 * bench/kill9} sets {@code kv.kill.rounds} for more.
 */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("kv.kill.rounds", 4);
  private static final long SEED = Long.getLong("kv.kill.seed", 20261126);

  @TempDir private Path folder;

  @Test
  void with_sync_always_all_confirmed_changes_and_nothing_else() throws Exception {
    var killing = new KillRounds(folder.resolve("data"), "always", new Random(SEED));
    killing.run(ROUNDS);

    System.out.println(killing.summary());
    assertThat(killing.lost()).isZero();
    assertThat(killing.acked()).isPositive();
  }

  @Test
  void with_sync_everysec_all_but_the_last_second_in_the_order_of_each_client() throws Exception {
    var killing = new KillRounds(folder.resolve("data"), "everysec", new Random(SEED));
    killing.run(ROUNDS);

    System.out.println(killing.summary());
    assertThat(killing.lostLate()).isZero();
    assertThat(killing.acked()).isPositive();
  }
}
