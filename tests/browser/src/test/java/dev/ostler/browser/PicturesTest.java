package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.ServerRef;
import dev.ostler.observer.Observer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * The pictures of the documentation. They are taken if the property {@code observer.pictures} names
 * a folder, as an absolute path.
 */
class PicturesTest {
  private static final String FOLDER = System.getProperty("observer.pictures", "");
  private static final String TOKEN = "a-token-for-the-pictures";

  @Test
  void are_taken_in_light_in_dark_and_small() throws InterruptedException {
    assumeTrue(!FOLDER.isEmpty(), "pictures are taken with -Dobserver.pictures=FOLDER");
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
    var gate = new CountDownLatch(1);
    try (var shop = new Shop();
        var observer = Observer.on(0).token(TOKEN).name("shop").panel(new Carts()).serve()) {
      shop.crash(); // which restarts all that was started after the ledger
      for (String name : new String[] {"Ann", "Ben", "Cleo"}) {
        shop.customer(name);
      }
      keepAtWork(shop.customer("Dora, who waits"), gate);
      try (Tab light =
          Tab.open(Chromium.get().browser(), observer.uri(), 1280, ColorScheme.LIGHT)) {
        overview(light, shop, "overview-light");
        light.view("tree");
        assertThat(light.item("Ann")).isVisible();
        take(light, "tree-light");
        light.enterToken(TOKEN);
        calls(light, shop);
        take(light, "calls-light");
      }
      try (Tab dark = Tab.open(Chromium.get().browser(), observer.uri(), 1280, ColorScheme.DARK)) {
        overview(dark, shop, "overview-dark");
        dark.view("processes");
        assertThat(dark.row("Dora")).isVisible();
        take(dark, "processes-dark");
      }
      try (Tab small = Tab.open(Chromium.get().browser(), observer.uri(), 400, ColorScheme.LIGHT)) {
        overview(small, shop, "overview-small");
        small.process(shop.stock().pid());
        small.button("Show the state").click();
        assertThat(small.page().locator("#state ~ .box pre")).isVisible();
        take(small, "process-small");
      }
    } finally {
      gate.countDown();
    }
  }

  private static void keepAtWork(ServerRef<Desk> desk, CountDownLatch gate)
      throws InterruptedException {
    var begun = new CountDownLatch(1);
    desk.cast(new Desk.Wait(begun, gate));
    begun.await();
    for (int i = 0; i < 1200; i++) {
      desk.cast(new Desk.Note(i));
    }
  }

  private static void overview(Tab tab, Shop shop, String name) {
    tab.view("overview");
    Locator range = tab.page().locator(".range").nth(8); // of what is drawn from now on
    while (!range.textContent().matches(".* in [12][0-9] s")) {
      for (int i = 0; i < 1000; i++) {
        shop.orders().call(new Desk.Order("milk"));
      }
    }
    take(tab, name);
  }

  private static void calls(Tab tab, Shop shop) {
    tab.view("calls");
    tab.page().getByLabel("Calls, at most").fill("30");
    tab.button("Record").click();
    while (tab.page().locator(".waterfall").count() == 0) {
      shop.orders().call(new Desk.Order("milk"));
    }
  }

  private static void take(Tab tab, String name) {
    tab.picture(Path.of(FOLDER).resolve(name + ".png"));
  }
}
