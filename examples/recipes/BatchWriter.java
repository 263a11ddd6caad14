import dev.ostler.*;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Gathers lines and writes many of them at once: when there are enough, or after a short time.
 *
 * <p>Each caller waits until its own line is written. So a reply can be relied on, and callers
 * that write much are slowed down to what the disk can take.
 */
record BatchWriter(int most, Duration longest, Consumer<List<String>> write)
    implements GenServer<BatchWriter.Batch, BatchWriter.Add, Cast<BatchWriter>> {

  /** Answered with the number of lines that were written together with this one. */
  record Add(String line) implements Call<BatchWriter, Integer> {}

  record Batch(int number, List<String> lines, List<From<Integer>> callers) {
    static Batch empty(int number) {
      return new Batch(number, new ArrayList<>(), new ArrayList<>());
    }
  }

  private record TimeIsUp(int number) {}

  @Override
  public Init<Batch> init() {
    return Init.ok(Batch.empty(1));
  }

  @Override
  public Next<Batch> handleCall(Add add, From<?> from, Batch batch) {
    if (batch.lines().isEmpty()) {
      Self.sendAfter(new TimeIsUp(batch.number()), longest);
    }
    batch.lines().add(add.line());
    batch.callers().add(add.from(from));
    return Next.noReply(batch.lines().size() == most ? written(batch) : batch);
  }

  @Override
  public Next<Batch> handleInfo(Object message, Batch batch) {
    boolean due = message instanceof TimeIsUp(int number) && number == batch.number();
    return Next.noReply(due ? written(batch) : batch);
  }

  private Batch written(Batch batch) {
    write.accept(List.copyOf(batch.lines())); // if it throws, all callers hear of it
    batch.callers().forEach(caller -> caller.reply(batch.lines().size()));
    return Batch.empty(batch.number() + 1);
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install();
    Consumer<List<String>> disk = lines -> IO.println("write " + lines);
    var writer = GenServer.of(() -> new BatchWriter(3, Duration.ofMillis(50), disk)).start();

    var replies = Stream.of("a", "b", "c").map(s -> writer.sendRequest(new Add(s))).toList();
    replies.forEach(reply -> IO.println(reply.await()));

    var last = writer.sendRequest(new Add("d"));
    Sys.getState(writer.pid()); // answered when it has the line
    clock.advance(Duration.ofMillis(50));
    IO.println(last.await());
  }
}

/* Prints:
write [a, b, c]
3
3
3
write [d]
1
*/
