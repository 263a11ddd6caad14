package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** A server that writes down what it is told, for others to look into with Sys. */
final class Notebook implements GenServer<List<String>, Notebook.Request<?>, Notebook.Note> {
  sealed interface Request<R> extends Call<Notebook, R> {}

  record Pages() implements Request<List<String>> {}

  /** Keeps the server at work until the gate opens. */
  record Block(CountDownLatch begun, CountDownLatch gate) implements Request<Boolean> {}

  record Note(String text) implements Cast<Notebook> {}

  /** Sent to the watcher when the server terminates. */
  record Terminated(Pid server, ExitReason reason) {}

  private final Pid watcher;
  private final boolean traps;

  Notebook(Pid watcher, boolean traps) {
    this.watcher = watcher;
    this.traps = traps;
  }

  @Override
  public Init<List<String>> init() {
    Self.trapExits(traps);
    return Init.ok(List.of());
  }

  @Override
  public Next<List<String>> handleCall(Request<?> request, From<?> from, List<String> pages)
      throws InterruptedException {
    return switch (request) {
      case Pages all -> all.reply(pages, pages);
      case Block block -> {
        block.begun().countDown();
        block.gate().await();
        yield block.reply(true, pages);
      }
    };
  }

  @Override
  public Next<List<String>> handleCast(Note note, List<String> pages) {
    return Next.noReply(with(pages, note.text()));
  }

  @Override
  public Next<List<String>> handleInfo(Object message, List<String> pages) {
    return Next.noReply(with(pages, "info " + message));
  }

  @Override
  public void terminate(ExitReason reason, List<String> pages) {
    watcher.send(new Terminated(Self.pid(), reason));
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state("a notebook of " + ((List<?>) status.state()).size());
  }

  private static List<String> with(List<String> pages, String text) {
    return Stream.concat(pages.stream(), Stream.of(text)).toList();
  }
}
