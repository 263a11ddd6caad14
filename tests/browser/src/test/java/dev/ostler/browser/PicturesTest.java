package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.observer.Observer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The pictures of the documentation. They are taken if the property {@code observer.pictures} names
 * a folder.
 */
class PicturesTest {
  private static final String FOLDER = System.getProperty("observer.pictures", "");

  @Test
  void are_taken_in_light_in_dark_and_small() {
    assumeTrue(!FOLDER.isEmpty(), "pictures are taken with -Dobserver.pictures=FOLDER");
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
    try (var shop = new Shop();
        var observer = Observer.on(0).name("shop").serve();
        var chromium = Chromium.open()) {
      for (String name : new String[] {"Ann", "Ben", "Cleo"}) {
        shop.customer(name);
      }
      shop.crash();
      take(chromium, observer, shop, 1280, ColorScheme.LIGHT, "light");
      take(chromium, observer, shop, 1280, ColorScheme.DARK, "dark");
      take(chromium, observer, shop, 400, ColorScheme.LIGHT, "small");
    }
  }

  private static void take(
      Chromium chromium, Observer observer, Shop shop, int width, ColorScheme colours, String name) {
    Path folder = Path.of(FOLDER);
    try (Tab tab = Tab.open(chromium.browser(), observer.uri(), width, colours)) {
      tab.view("overview");
      for (int i = 0; i < 5000; i++) {
        shop.orders().call(new Desk.Order("milk"));
      }
      assertThat(tab.page().locator(".three")).containsText("nobody sells a unicorn");
      assertThat(tab.page().locator(".range").first()).containsText(" 8 s"); // something to draw
      tab.picture(folder.resolve("overview-" + name + ".png"));
      tab.view("tree");
      assertThat(tab.item("Ann")).isVisible();
      tab.picture(folder.resolve("tree-" + name + ".png"));
      tab.process(shop.stock().pid());
      tab.button("Show the state").click();
      assertThat(tab.page().locator("#state ~ .box pre")).isVisible();
      tab.picture(folder.resolve("process-" + name + ".png"));
    }
  }
}
