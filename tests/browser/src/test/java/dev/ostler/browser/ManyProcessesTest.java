package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.observer.Observer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The page with very many processes: 100,000, or as many as the property {@code observer.processes}
 * says. How long it takes, and how much memory, is printed.
 */
class ManyProcessesTest {
  private static final int COUNT = Integer.getInteger("observer.processes", 100_000);

  @Test
  @Timeout(600)
  void are_searched_sorted_and_shown_in_pages() {
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
    try (var shop = new Shop();
        var observer = Observer.on(0).serve();
        var tab = Tab.open(Chromium.get().browser(), observer.uri(), 1280, ColorScheme.LIGHT)) {
      for (int i = 1; i <= COUNT; i++) {
        shop.customer("customer " + i + " of many");
      }
      long before = memory();

      long began = System.nanoTime();
      tab.view("processes?sort=pid&order=asc");
      assertThat(tab.page().locator("tbody tr")).hasCount(50);
      print("the processes", began);

      began = System.nanoTime();
      tab.page().getByLabel("Search").fill("customer " + COUNT + " of");
      assertThat(tab.page().locator("tbody tr")).hasCount(1);
      assertThat(tab.row("customer " + COUNT + " of many")).isVisible();
      print("one that was searched", began);

      tab.page().getByLabel("Search").fill("of many");
      Locator place = tab.page().locator(".place");
      String all = String.format(Locale.ENGLISH, "of %,d", COUNT);
      assertThat(place).hasText("1 to 50 " + all);
      tab.button("Next").click();
      assertThat(place).hasText("51 to 100 " + all);
      assertThat(tab.row("customer 51 of many")).isVisible();
      began = System.nanoTime();
      tab.button("Last").click();
      assertThat(tab.row("customer " + COUNT + " of many")).isVisible();
      print("the last page", began);

      began = System.nanoTime();
      tab.view("tree");
      String children = String.format(Locale.ENGLISH, "%,d children", COUNT);
      assertThat(tab.item("customers")).containsText(children);
      print("the tree", began);
      tab.item("customers").press("ArrowRight");
      Locator next = tab.page().getByText("Next: 101 to 200 " + all);
      next.press("Enter");
      assertThat(tab.item("customer 101 of many")).isVisible();
      assertThat(tab.item("customer 1 of many")).hasCount(0);

      System.out.printf(
          "%,d processes: the heap has %,d MB, and had %,d before the page was opened%n",
          COUNT, memory() >> 20, before >> 20);
    }
  }

  private static void print(String what, long began) {
    var took = Duration.ofNanos(System.nanoTime() - began);
    System.out.printf("%,d processes: %s after %d ms%n", COUNT, what, took.toMillis());
  }

  private static long memory() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
