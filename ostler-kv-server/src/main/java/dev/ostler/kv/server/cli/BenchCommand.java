package dev.ostler.kv.server.cli;

import dev.ostler.kv.portable.Progress;
import dev.ostler.kv.server.bench.Bench;
import dev.ostler.kv.server.bench.KeyChoice;
import dev.ostler.kv.server.bench.Load;
import dev.ostler.kv.server.bench.Mix;
import dev.ostler.kv.server.bench.Results;
import dev.ostler.kv.server.bench.Schedule;
import dev.ostler.kv.server.bench.Sizes;
import dev.ostler.kv.server.bench.Target;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kv bench}: measures a server of RESP, or compares two. Used by the main thread. */
@Command(
    name = "bench",
    description = {
      "Send a load to a running server of RESP, and measure its answers.",
      "It writes to the server: use one whose data does not matter. Its keys begin with "
          + "--prefix, and stay there."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class BenchCommand extends Helped implements Callable<Integer> {
  private static final int MOST_CLIENTS = 10_000;
  private static final int MOST_PIPELINED = 10_000;
  private static final long MOST_KEYS = 999_999_999_999L;
  private static final int MOST_FIELDS = 10_000;
  private static final int MOST_ROUNDS = 1_000;
  private static final double MOST_SECONDS = 7 * 24 * 3600;
  private static final double MOST_RATE = 1e9;
  private static final long MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;
  private static final int ROUNDS_OF_TWO = 3;

  @Mixin private RemoteOptions options = new RemoteOptions();

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "50",
      description = "How many connections send at the same time (default: 50).")
  private int clients;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many requests a client sends before it waits for replies (default: 1).")
  private int pipeline;

  @Option(
      names = "--mix",
      paramLabel = "MIX",
      defaultValue = "get=80,set=20",
      description =
          "Commands with their weights, of get, set, del, incr, hget, hset and ping (default:"
              + " get=80,set=20).")
  private String mix = "";

  @Option(
      names = "--value-size",
      paramLabel = "BYTES",
      defaultValue = "100",
      description = "The size of values, or a range, as 10-1000 (default: 100).")
  private String valueSize = "";

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100000",
      description = "How many strings, counters and hashes are used (default: 100000).")
  private long keys;

  @Option(
      names = "--fields",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many fields a hash has (default: 10).")
  private int fields;

  @Option(
      names = "--distribution",
      paramLabel = "NAME",
      defaultValue = "uniform",
      description =
          "Which keys are used more: uniform, zipf, or zipf:EXPONENT (default: uniform; the usual"
              + " exponent is 0.99).")
  private String distribution = "";

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      defaultValue = "bench:",
      description = "What the names of all keys begin with (default: bench:).")
  private String prefix = "";

  @Option(
      names = "--fill",
      fallbackValue = "true",
      description = "Set all keys before, so that reads find something.")
  private boolean filled;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      description = "How long to measure (default: 10).")
  private @Nullable Double duration;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "How many requests to measure, instead of a duration.")
  private @Nullable Long requests;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "How long to send before it is measured (default: 2).")
  private double warmUp;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Send so many requests a second, whether or not the server keeps up. A latency then counts"
              + " from the time when its request was due (default: as fast as the server answers).")
  private @Nullable Double rate;

  @Option(
      names = "--reply-time",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "A client that waits longer for a reply gives up (default: 30).")
  private double replyTime;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The seed of the random choices (default: 1).")
  private long seed;

  @Option(
      names = "--against",
      paramLabel = "HOST:PORT",
      description = "Measure this server, too, in turn, with the same options, and compare.")
  private @Nullable String against;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often each server is measured (default: 1, and 3 with --against).")
  private @Nullable Integer rounds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results to this file, as JSON.")
  private @Nullable Path json;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Draw the latencies by percentile into this file, as SVG.")
  private @Nullable Path svg;

  @Override
  public Integer call() {
    try {
      options.check();
    } catch (IllegalArgumentException e) {
      throw misused(String.valueOf(e.getMessage()));
    }
    Load load = load();
    Schedule schedule = schedule();
    if ((long) pipeline * load.sizes().most() > MOST_BYTES_AT_ONCE) {
      throw misused(
          "--pipeline expects at most "
              + MOST_BYTES_AT_ONCE
              + " bytes of values at once, and found "
              + pipeline
              + " of "
              + load.sizes().most());
    }
    var targets = new ArrayList<Target>();
    targets.add(target(options.host(), options.port()));
    if (against != null) {
      targets.add(other(against));
    }
    writable("--json", json);
    writable("--svg", svg);
    int count = rounds();
    try {
      for (Target target : targets) {
        greet(target);
      }
      var bench = new Bench(load, schedule, count, err(), Boolean.getBoolean(Progress.TERMINAL));
      return report(bench.measure(targets, filled));
    } catch (IOException e) {
      err().println("kv: " + e.getMessage());
      return 1;
    }
  }

  private int report(Results results) throws IOException {
    out().print(results.text());
    out().flush();
    if (json != null) {
      results.writeJson(json);
    }
    if (svg != null) {
      results.writeSvg(svg);
    }
    return results.isClean() ? 0 : 1;
  }

  // --- What the options mean

  private Load load() {
    range("--keys", keys, MOST_KEYS);
    range("--fields", fields, MOST_FIELDS);
    if (prefix.length() > 100 || !prefix.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw misused(
          "--prefix expects up to 100 visible characters of ASCII, and found '" + prefix + "'");
    }
    return new Load(
        parsed("--mix", mix, Mix::parse),
        parsed("--value-size", valueSize, Sizes::parse),
        keys,
        parsed("--distribution", distribution, text -> KeyChoice.parse(text, keys)),
        fields,
        prefix,
        seed);
  }

  private Schedule schedule() {
    range("--clients", clients, MOST_CLIENTS);
    range("--pipeline", pipeline, MOST_PIPELINED);
    if (duration != null && requests != null) {
      throw misused("--duration and --requests exclude each other, and both are given");
    }
    if (requests != null) {
      range("--requests", requests, Long.MAX_VALUE - 1);
    }
    if (rate != null && !(rate > 0 && rate <= MOST_RATE)) {
      throw misused("--rate expects requests a second, up to 1000000000, and found " + rate);
    }
    return new Schedule(
        clients,
        pipeline,
        warmUp == 0 ? Duration.ZERO : seconds("--warm-up", warmUp),
        requests != null
            ? Optional.empty()
            : Optional.of(seconds("--duration", duration == null ? 10 : duration)),
        requests == null ? OptionalLong.empty() : OptionalLong.of(requests),
        Optional.ofNullable(rate),
        seconds("--reply-time", replyTime));
  }

  private int rounds() {
    if (rounds == null) {
      return against == null ? 1 : ROUNDS_OF_TWO;
    }
    range("--rounds", rounds, MOST_ROUNDS);
    return rounds;
  }

  private void range(String option, long found, long most) {
    if (found < 1 || found > most) {
      throw misused(option + " expects 1 to " + most + ", and found " + found);
    }
  }

  private Duration seconds(String option, double found) {
    if (!(found > 0 && found <= MOST_SECONDS)) {
      throw misused(option + " expects seconds, up to those of a week, and found " + found);
    }
    return Duration.ofNanos((long) (found * 1e9));
  }

  private <T> T parsed(String option, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw misused(option + " " + e.getMessage());
    }
  }

  private void writable(String option, @Nullable Path file) {
    if (file != null) {
      Path folder = file.toAbsolutePath().getParent();
      if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
        throw misused(option + " expects a file in a directory that exists, and found " + file);
      }
    }
  }

  // --- The servers

  private Target other(String address) {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      if (colon > 0 && port >= 1 && port <= 65_535) {
        return target(address.substring(0, colon), port);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw misused("--against expects HOST:PORT, as 127.0.0.1:6379, and found '" + address + "'");
  }

  private Target target(String host, int port) {
    String name = host + ":" + port;
    return new Target(name, () -> connect(name, host, port));
  }

  private Socket connect(String name, String host, int port) throws IOException {
    try {
      return options.connect(host, port).socket();
    } catch (RemoteServer.Refused e) {
      throw new IOException("the server at " + name + " refuses: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException("no server on " + name + ": " + e.getMessage(), e);
    }
  }

  /** Finds out whether there is a server that answers, before many clients are connected. */
  private static void greet(Target target) throws IOException {
    try (var server = new RemoteServer(target.dialer().dial())) {
      greet(target.name(), server);
    }
  }

  private static void greet(String name, RemoteServer server) throws IOException {
    try {
      server.ask("PING");
    } catch (RemoteServer.Refused e) {
      throw new IOException("the server at " + name + " refuses: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException("no server of RESP on " + name + ": " + e.getMessage(), e);
    }
  }
}
