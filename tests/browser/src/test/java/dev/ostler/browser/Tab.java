package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.Pid;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** The observer's page in a tab of its own, with cookies of its own. One thread may use it. */
final class Tab implements AutoCloseable {
  /** The checker of accessibility, a script that runs in the page. */
  private static final String AXE = resource("/axe.min.js");

  /** The longest way of the Tab key that a test goes. */
  private static final int MOST_STEPS = 60;

  private final BrowserContext context;
  private final Page page;
  private final URI site;
  private final List<String> complaints = new ArrayList<>();

  private Tab(BrowserContext context, URI site) {
    this.context = context;
    this.page = context.newPage();
    this.site = site;
    page.onPageError(complaints::add);
    page.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")) {
            complaints.add(message.text());
          }
        });
    page.onRequest(
        request -> {
          if (!request.url().startsWith(site.toString())) {
            complaints.add("it asked for " + request.url());
          }
        });
  }

  static Tab open(Browser browser, URI site, int width, ColorScheme colours) {
    var options =
        new Browser.NewContextOptions().setViewportSize(width, 700).setColorScheme(colours);
    return new Tab(browser.newContext(options), site);
  }

  Page page() {
    return page;
  }

  /** Another page of the same browser, which has this one's cookies. It may ask for anything. */
  Page beside() {
    return context.newPage();
  }

  /** Shows its views as in a system that is light, or dark. */
  void show(ColorScheme colours) {
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(colours));
  }

  /** Shows a view, and waits until the server's news come. */
  Tab view(String view) {
    page.navigate(site + "#" + view);
    page.locator("#connection:text-is('connected')").waitFor();
    return this;
  }

  Tab process(Pid pid) {
    return view("process/" + pid.id());
  }

  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** The item of the tree whose label this is. */
  Locator item(String label) {
    String pattern = "^" + label.replaceAll("[^A-Za-z0-9 ]", "\\\\$0") + " <";
    return page.locator("[role=treeitem]")
        .filter(new Locator.FilterOptions().setHasText(Pattern.compile(pattern)));
  }

  /** The row of a table that has this text. */
  Locator row(String text) {
    return page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(text));
  }

  /** What the page's status says. */
  Locator said() {
    return page.locator("#said");
  }

  void enterToken(String token) {
    button("Token…").click();
    tokenField().fill(token);
    button("Use it").click();
    assertThat(said()).hasText("The token is accepted.");
  }

  Locator tokenField() {
    return page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Token"));
  }

  /** Presses Tab until what has the focus has this text. */
  void tabTo(String text) {
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      page.keyboard().press("Tab");
      if (focused().startsWith(text)) {
        return;
      }
    }
    throw new AssertionError(
        "Tab does not lead to '" + text + "', the last was '" + focused() + "'");
  }

  /** The text of what has the focus. */
  String focused() {
    return (String) page.evaluate("() => (document.activeElement?.textContent ?? '').trim()");
  }

  /** The findings of axe that are serious or critical. */
  List<String> seriousFindings() {
    return findings(List.of());
  }

  /** Those that depend on colours. */
  List<String> findingsOfColours() {
    return findings(List.of("color-contrast"));
  }

  /** By some rules of axe, or by all. The page answers no more than these: axe finds very much. */
  private List<String> findings(List<String> rules) {
    if (!(boolean) page.evaluate("() => 'axe' in window")) {
      page.evaluate(AXE);
    }
    Object found =
        page.evaluate(
            """
            async (rules) => {
              const options = { resultTypes: ['violations'] };
              if (rules.length > 0) options.runOnly = rules;
              const { violations } = await axe.run(options);
              return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
                .map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => node.html)}`);
            }""",
            rules);
    return ((List<?>) found).stream().map(String::valueOf).toList();
  }

  private static String resource(String name) {
    try (InputStream file = Objects.requireNonNull(AxeBuilder.class.getResourceAsStream(name))) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By how much the page is wider than the window. */
  int overflow() {
    return ((Number)
            page.evaluate(
                "() => document.documentElement.scrollWidth"
                    + " - document.documentElement.clientWidth"))
        .intValue();
  }

  void picture(Path file) {
    page.screenshot(new Page.ScreenshotOptions().setPath(file));
  }

  /** What went wrong in the page: exceptions, forbidden scripts, requests to others. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    context.close();
  }
}
