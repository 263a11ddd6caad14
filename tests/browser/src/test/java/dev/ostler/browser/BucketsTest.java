package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.server.Admin;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The page of a store, on its admin port. */
class BucketsTest {
  @Test
  void that_crash_are_shown_with_their_count_and_reason() {
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Admin.on(0)))) {
      var site = URI.create("http://127.0.0.1:" + kv.port("admin") + "/");
      try (Tab tab = Tab.open(Chromium.get().browser(), site, 1280, ColorScheme.LIGHT)) {
        tab.view("overview");
        crash(kv);
        long began = System.nanoTime();
        crash(kv);
        Locator row =
            tab.page()
                .getByRole(AriaRole.LISTITEM)
                .filter(new Locator.FilterOptions().setHasText("the planted bug"));
        row.locator(".number:text-is('2')").waitFor();
        var took = Duration.ofNanos(System.nanoTime() - began);
        System.out.println("The crash of a bucket was shown after " + took.toMillis() + " ms.");
        assertThat(row).containsText("bucket");

        tab.view("panel/buckets?sort=crashes&order=desc");
        Locator cells = tab.row("carts").locator("td");
        assertThat(cells.filter(new Locator.FilterOptions().setHasText("the planted bug")))
            .hasCount(1);
        assertThat(tab.row("carts")).containsText("2");
      }
      assertThat(kv.lookup("carts")).isEmpty();
    }
  }

  /** A bucket whose process crashes in the middle of a change. */
  private static void crash(Kv kv) {
    var bucket = kv.create("carts");
    Probe.observer =
        _ -> {
          throw new IllegalStateException("the planted bug");
        };
    try {
      assertThatThrownBy(() -> bucket.put("key", "value"))
          .isInstanceOf(KvException.BucketGone.class);
    } finally {
      Probe.observer = null;
    }
  }
}
