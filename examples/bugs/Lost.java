import dev.ostler.*;
import java.time.Duration;

/** A cast to a server that has ended goes nowhere. Who listens for dead letters hears of it. */
class Lost {
  record Notes() implements GenServer<Integer, Call<Notes, Void>, Notes.Add> {
    record Add(String text) implements Cast<Notes> {}

    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCast(Add add, Integer count) {
      return count == 1 ? Next.stop(ExitReason.NORMAL, count) : Next.noReply(count + 1);
    }
  }

  void main() {
    Events.subscribe(Event.DeadLetter.class, IO::println);
    ServerRef<Notes> notes = GenServer.of(Notes::new).start();
    try (var self = Processes.attach()) {
      Self.monitor(notes.pid());
      notes.cast(new Notes.Add("one"));
      notes.cast(new Notes.Add("two")); // the bug: the second note ends the server
      Self.receive(); // the Down
      notes.cast(new Notes.Add("three"));
    }
    Events.flush(Duration.ofSeconds(5));
  }
}
