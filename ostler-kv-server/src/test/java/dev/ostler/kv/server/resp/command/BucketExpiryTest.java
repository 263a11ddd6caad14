package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.KvException;
import dev.ostler.kv.server.TimedStore;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A bucket whose deadline is set by code in the same JVM: kv.md part 3, item 8. */
@ExtendWith(OstlerExtension.class)
class BucketExpiryTest {
  private TimedStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
    bucket = store.kv().create("a");
    bucket.put("f", "1");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void expires_at_its_millisecond() {
    assertThat(bucket.timeToLive()).isEmpty();
    assertThat(bucket.expire(Duration.ofSeconds(1))).isTrue();
    assertThat(store.events()).contains("g expire a");
    var down = store.watch("a");
    store.pass(999);
    assertThat(bucket.timeToLive()).contains(Duration.ofMillis(1));
    assertThat(bucket.get("f")).contains("1");

    store.pass(1);
    assertThat(TimedStore.await(down).reason()).isEqualTo(ExitReason.NORMAL);
    assertThat(store.kv().lookup("a")).isEmpty();
    assertThat(store.kv().names()).isEmpty();
    assertThat(store.events()).endsWith("x expired a");
    assertThatThrownBy(bucket::timeToLive).isInstanceOf(KvException.BucketGone.class);
    assertThat(store.alarms()).isZero();
  }

  @Test
  void expires_at_another_time_or_not_at_all() {
    assertThat(bucket.persist()).isFalse();
    assertThat(bucket.expire(Duration.ofSeconds(1))).isTrue();
    assertThat(bucket.expire(Duration.ofSeconds(3))).isTrue();
    store.pass(2000);
    assertThat(bucket.timeToLive()).contains(Duration.ofSeconds(1));
    assertThat(bucket.persist()).isTrue();
    store.pass(1000);
    assertThat(bucket.timeToLive()).isEmpty();
    assertThat(bucket.get("f")).contains("1");
  }

  @Test
  void takes_no_time_as_now_and_refuses_what_is_past() {
    var down = store.watch("a");
    assertThatThrownBy(() -> bucket.expire(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the time until a bucket expires must not be negative, but is PT-0.001S");
    assertThat(bucket.expire(Duration.ofNanos(1))).isTrue();
    assertThat(bucket.timeToLive()).contains(Duration.ofMillis(1));
    assertThat(bucket.expire(Duration.ZERO)).isTrue();

    assertThat(store.kv().lookup("a")).isEmpty();
    store.pass(1);
    assertThat(TimedStore.await(down).reason()).isEqualTo(ExitReason.NORMAL);
  }
}
