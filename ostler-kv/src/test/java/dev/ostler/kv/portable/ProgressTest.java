package dev.ostler.kv.portable;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How far something has come, on a terminal and elsewhere. */
class ProgressTest {
  private final StringWriter shown = new StringWriter();
  private final AtomicLong nanoTime = new AtomicLong();

  private Progress progress(boolean terminal) {
    return new Progress(new PrintWriter(shown), "export", "buckets", terminal, nanoTime::get);
  }

  @Test
  void is_a_bar_that_goes_when_it_is_done() {
    String bar = "export  [###############...............]  50 %  1,500 of 3,000 buckets";
    try (var progress = progress(true)) {
      progress.show(1_500, 3_000);
      assertThat(shown.toString()).isEqualTo("\r" + bar);
    }
    assertThat(shown.toString()).isEqualTo("\r" + bar + "\r" + " ".repeat(bar.length()) + "\r");
  }

  @Test
  void is_shown_ten_times_a_second_at_most() {
    var progress = progress(true);
    for (int i = 0; i < 1000; i++) {
      progress.show(i, 1000);
      nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    }

    assertThat(shown.toString().split("\r")).hasSize(1 + 10);
  }

  @Test
  void is_a_number_where_the_whole_is_not_known() {
    progress(true).show(1_000_000, 0);

    assertThat(shown.toString()).isEqualTo("\rexport  1,000,000 buckets");
  }

  @Test
  void is_not_shown_where_there_is_no_terminal() {
    try (var progress = progress(false)) {
      progress.show(1, 2);
    }

    assertThat(shown.toString()).isEmpty();
  }
}
