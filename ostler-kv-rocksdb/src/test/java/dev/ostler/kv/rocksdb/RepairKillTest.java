package dev.ostler.kv.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.rocksdb.DamagedTables.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A repair that is killed at one of its system calls, or of which one call fails, in a JVM of its
 * own, by strace: the next start has all that was whole, or refuses.
 *
 * <p>At some of the calls; at all of them with {@code -Ddev.ostler.kills=all}. Without strace the
 * same moments are covered by {@link SwapTest}, as far as files are moved.
 */
class RepairKillTest {
  private static final String CALLS =
      "rename,renameat,renameat2,unlink,unlinkat,rmdir,fsync,fdatasync,mkdir,link,linkat,ftruncate";

  /** About so many of them, the last one first. */
  private static final int MOST = 3;

  @TempDir private static Path directory;
  private static DamagedTables store;

  @BeforeAll
  static void write() throws IOException {
    store = DamagedTables.of(directory.resolve("store"), 2);
  }

  /** Repairs the store in a directory. */
  static final class Repairing {
    private Repairing() {}

    public static void main(String[] directory) throws IOException {
      new RocksEngine().open(Path.of(directory[0]), true, System.out::println).close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"signal=KILL", "error=EIO"})
  @Timeout(value = 10, unit = TimeUnit.MINUTES) // with all of them
  void leaves_what_the_next_start_finishes_or_undoes(String fault) throws Exception {
    assumeTrue(canTrace(), "strace cannot be run here: no repair is killed at its system calls");
    Path trace = directory.resolve("trace");
    Path whole = damaged();
    assertThat(repair(whole, "-o", trace.toString(), "-e", "trace=" + CALLS)).isZero();
    assertThat(CrashImage.open(whole, false).content()).isEqualTo(store.content());
    List<Call> calls = calls(trace);
    boolean all = "all".equals(System.getProperty("dev.ostler.kills"));
    int step = all ? 1 : Math.max(1, calls.size() / MOST);

    int failed = 0;
    for (int i = calls.size() - 1; i >= 0; i -= step) {
      Call call = calls.get(i);
      Path copy = damaged();
      var inject = "inject=%s:%s:when=%d".formatted(call.name, fault, call.nth);
      failed += repair(copy, "-o", "/dev/null", "-e", "trace=" + CALLS, "-e", inject) == 0 ? 0 : 1;
      assertNothingLost(copy, call);
    }
    System.out.printf("%s: ended at %d of %d system calls%n", fault, failed, calls.size());
    assertThat(failed).isPositive();
  }

  private static Path damaged() throws IOException {
    return store.copy(directory, store.tables().getLast(), Damage.END);
  }

  /** With and without --repair. */
  private static void assertNothingLost(Path copy, Call call) throws IOException {
    try {
      Map<String, String> found = CrashImage.open(copy, false).content();
      assertThat(found).as("at %s", call).isEqualTo(store.content());
    } catch (IOException e) {
      assertThat(e).as("at %s", call).hasMessageContaining(copy.toString());
    }
    CrashImage.Opened repaired = CrashImage.open(copy, true);
    assertThat(repaired.content()).as("at %s", call).isEqualTo(store.content());
    assertThat(CrashImage.open(copy, false))
        .isEqualTo(new CrashImage.Opened(store.content(), List.of()));
  }

  private static int repair(Path copy, String... tracing) throws Exception {
    var command = new ArrayList<String>(List.of("strace", "-f", "-qq"));
    command.addAll(List.of(tracing));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Repairing.class.getName(),
            copy.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }

  private static boolean canTrace() throws InterruptedException {
    try {
      return new ProcessBuilder("strace", "-f", "-qq", "-o", "/dev/null", "true").start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The nth call of this name of a thread. */
  private record Call(String name, int nth) {}

  /** All calls of all threads, as strace counts them: each kind and each thread by itself. */
  private static List<Call> calls(Path trace) throws IOException {
    var made = new HashMap<String, AtomicInteger>();
    var calls = new LinkedHashSet<Call>();
    for (String line : Files.readAllLines(trace, UTF_8)) {
      String[] words = line.strip().split(" +", 2);
      int end = words[1].indexOf('(');
      if (end > 0 && !words[1].startsWith("<")) {
        String name = words[1].substring(0, end);
        var count = made.computeIfAbsent(words[0] + name, _ -> new AtomicInteger());
        calls.add(new Call(name, count.incrementAndGet()));
      }
    }
    return List.copyOf(calls);
  }
}
