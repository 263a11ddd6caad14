package dev.ostler.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A browser without a window: the one that is installed. There is one for all tests, since it takes
 * seconds to start; the thread that runs them may use it.
 */
final class Chromium {
  private static final List<String> PLACES =
      List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

  /**
   * It asks nobody for anything, and needs no sandbox, since it opens only pages of the tests. To
   * it, evil.example is a name of this machine.
   */
  private static final List<String> OPTIONS =
      List.of(
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--host-resolver-rules=MAP evil.example 127.0.0.1");

  /** How long a test waits for what must come: longer than any machine is busy otherwise. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static Chromium open;

  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /** Why there is none; empty if there is one. */
  static String absence() {
    return executable().isPresent() ? "" : "no Chromium; it is in the package chromium";
  }

  private static Optional<Path> executable() {
    return Stream.concat(Stream.ofNullable(System.getenv("CHROMIUM")), PLACES.stream())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The browser. It is closed when the JVM ends. */
  static Chromium get() {
    if (open == null) {
      open = open();
      Runtime.getRuntime().addShutdownHook(new Thread(open::close));
    }
    return open;
  }

  private static Chromium open() {
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE.toMillis());
    var env = Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    var playwright = Playwright.create(new Playwright.CreateOptions().setEnv(env));
    try {
      var options =
          new BrowserType.LaunchOptions()
              .setExecutablePath(executable().orElseThrow())
              .setArgs(OPTIONS);
      return new Chromium(playwright, playwright.chromium().launch(options));
    } catch (RuntimeException failed) {
      playwright.close();
      throw failed;
    }
  }

  Browser browser() {
    return browser;
  }

  private void close() {
    browser.close();
    playwright.close();
  }
}
