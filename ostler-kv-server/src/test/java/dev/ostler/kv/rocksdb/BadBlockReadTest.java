package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.rocksdb.RespLine.Refusal;
import dev.ostler.kv.server.LogLines;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of a store in which one block cannot be read. */
class BadBlockReadTest {
  private static final int BUCKETS = 2000;

  @TempDir private Path folder;

  private Kv open() {
    return Kv.open(KvConfig.durable(folder.resolve("data"), new RocksEngine()).with(Resp.on(0)));
  }

  /** A store whose buckets are in one table, of which one block is damaged. */
  private Path damaged() throws IOException {
    try (Kv kv = open();
        var client = new RespLine(kv.port("resp"))) {
      for (int i = 0; i < BUCKETS; i++) {
        client.add("HSET", "bucket" + i, "k", "v" + i * 7919L);
      }
      client.send();
      for (int i = 0; i < BUCKETS; i++) {
        assertThat(client.reply()).isEqualTo(1L);
      }
    }
    open().close(); // what is in the log moves into a table
    return BadBlock.in(folder.resolve("data"));
  }

  @Test
  void only_who_reads_from_it_is_told_and_it_is_logged_once_and_counted() throws IOException {
    Path table = damaged();
    try (var logged = new LogLines();
        Kv kv = open();
        var client = new RespLine(kv.port("resp"))) {
      var refused = new ArrayList<String>();
      for (int i = 0; i < BUCKETS; i++) {
        Object reply = client.ask("HGET", "bucket" + i, "k");
        if (reply instanceof Refusal refusal) {
          refused.add(refusal.text());
        } else {
          assertThat(reply).isEqualTo("v" + i * 7919L);
        }
      }

      assertThat(refused).isNotEmpty().hasSizeLessThan(BUCKETS / 2);
      assertThat(refused).allSatisfy(each -> assertThat(each).contains("" + table.getFileName()));
      assertThat(logged.count("cannot be read")).isEqualTo(1);
      assertThat(RespLine.text(client.ask("INFO"))).contains("damaged_reads:" + refused.size());
      assertThat(client.ask("HSET", "new", "k", "v")).isEqualTo(1L);
      assertThat(client.ask("HGET", "new", "k")).isEqualTo("v");
      assertThat(client.ask("DBSIZE")).isEqualTo(BUCKETS + 1L);
    }
  }
}
