package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.top.ObserverClient;
import dev.ostler.kv.server.top.Top;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kv top}: shows the processes of a running program. Used by the main thread. */
@Command(
    name = "top",
    description = {
      "Show the processes of a running server with --admin-port, or of any program with an"
          + " observer.",
      "On a terminal it is live, and quits with q. Else it prints them once, or --count times."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class TopCommand extends Helped implements Callable<Integer> {
  private static final int MOST_ROWS = 1000;
  private static final double MOST_SECONDS = 24 * 3600;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9100",
      description = "Where the observer is (default: http://127.0.0.1:9100).")
  private String url = "";

  @Option(
      names = "--token",
      paramLabel = "TEXT",
      description = "The observer's token, which others on this machine can then see.")
  private @Nullable String token;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file whose first line is the observer's token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How long to wait between two looks (default: 1).")
  private double interval;

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      defaultValue = "queued",
      description =
          "The column to sort by: pid, label, kind, queued, handled, restarts, links, monitors, busy"
              + " or message (default: queued).")
  private String sort = "";

  @Option(
      names = "--growth",
      fallbackValue = "true",
      description = "Show by how much columns have grown since the look before, and sort by that.")
  private boolean growth;

  @Option(
      names = "--filter",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Show only processes whose label contains this.")
  private String filter = "";

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Print so many times, also on a terminal.")
  private @Nullable Integer count;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many processes to print (default: 20).")
  private int rows;

  @Override
  public Integer call() {
    if (!(interval >= 0.1 && interval <= MOST_SECONDS)) {
      throw misused("--interval expects 0.1 to 86400 seconds, and found " + interval);
    }
    if (count != null && count < 1) {
      throw misused("--count expects 1 or more, and found " + count);
    }
    if (rows < 1 || rows > MOST_ROWS) {
      throw misused("--rows expects 1 to " + MOST_ROWS + ", and found " + rows);
    }
    try (var observer = new ObserverClient(address(), secret())) {
      Top top = top(observer);
      if (count == null && isTerminal()) {
        top.live();
      } else {
        top.print(out(), count == null ? 1 : count, rows);
      }
      return 0;
    } catch (IOException e) {
      err().println("kv: " + e.getMessage());
      return 1;
    }
  }

  private Top top(ObserverClient observer) {
    try {
      return new Top(
          observer, sort, growth, filter, Duration.ofNanos((long) (interval * 1_000_000_000L)));
    } catch (IllegalArgumentException e) {
      throw misused("--sort " + e.getMessage());
    }
  }

  private URI address() {
    try {
      var address = new URI(url);
      if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
          && address.getHost() != null) {
        return address;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw misused("--url expects an address, as http://127.0.0.1:9100, and found '" + url + "'");
  }

  private Optional<String> secret() throws IOException {
    if (token != null && tokenFile != null) {
      throw misused("--token and --token-file exclude each other, and both are given");
    }
    if (tokenFile == null) {
      return Optional.ofNullable(token);
    }
    try (var lines = Files.newBufferedReader(tokenFile)) {
      String first = lines.readLine();
      if (first == null || first.isBlank()) {
        throw new IOException(tokenFile + ": expected a token, and found nothing");
      }
      return Optional.of(first.strip());
    }
  }

  @SuppressWarnings("SystemConsoleNull") // this works without the module jdk.internal.le
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
