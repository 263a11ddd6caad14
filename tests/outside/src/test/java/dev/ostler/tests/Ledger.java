package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server with a bug, public so that a test made of a crash report may use it. */
public final class Ledger implements GenServer<List<Long>, Ledger.Request<?>, Ledger.Entry> {
  /** What it is asked. */
  public sealed interface Request<R> extends Call<Ledger, R> {}

  /** The mean of what was entered. */
  public record Mean() implements Request<Long> {}

  /** What was entered. */
  public record Entry(
      String who, long cents, Currency in, Optional<Duration> due, Map<String, List<Integer>> tags)
      implements Cast<Ledger> {}

  /** Of which there are two. */
  public enum Currency {
    EUR,
    USD
  }

  /** It begins empty. */
  public Ledger() {}

  @Override
  public Init<List<Long>> init() {
    return Init.ok(List.of());
  }

  @Override
  public Next<List<Long>> handleCall(Request<?> request, From<?> from, List<Long> all) {
    return switch (request) {
      case Mean mean -> mean.reply(all.stream().mapToLong(each -> each).sum() / all.size(), all);
    };
  }

  @Override
  public Next<List<Long>> handleCast(Entry entry, List<Long> all) {
    var more = new ArrayList<>(all);
    more.add(entry.cents());
    return Next.noReply(List.copyOf(more));
  }

  /** Clears it. */
  @Override
  public Next<List<Long>> handleInfo(Object message, List<Long> all) {
    return Next.noReply(List.of());
  }
}
