import dev.ostler.*;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A server waits for something in a callback. Everybody who calls it waits, too. */
class Slow {
  record Printer(CountDownLatch paper) implements GenServer<Integer, Printer.Print, Cast<Printer>> {
    record Print(String page) implements Call<Printer, Integer> {}

    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Print print, From<?> from, Integer pages) throws Exception {
      paper.await(); // the bug: a callback must not wait for somebody who may never come
      return print.reply(pages + 1, pages + 1);
    }
  }

  void main() {
    ServerRef<Printer> printer = GenServer.of(() -> new Printer(new CountDownLatch(1))).start();
    try {
      printer.call(new Printer.Print("page 1"), Duration.ofMillis(200));
    } catch (CallException.Timeout e) {
      IO.println(e.getMessage());
    }
  }
}
