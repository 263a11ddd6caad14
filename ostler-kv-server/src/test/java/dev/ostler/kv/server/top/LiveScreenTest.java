package dev.ostler.kv.server.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.ScreenTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The screen of an emulated terminal, to which keys are sent. */
class LiveScreenTest {
  private static final String UP = "\u001b[A";
  private static final String DOWN = "\u001b[B";
  private static final String RIGHT = "\u001b[C";

  private final Shop shop = new Shop();
  private final ObserverClient observer = shop.client();
  private ScreenTerminal.VirtualTerminal virtual;
  private String before = "";
  private Thread showing;

  @BeforeEach
  void show() throws IOException {
    virtual = ScreenTerminal.withTerminal("test", "xterm-256color", 110, 24);
    before = attributes();
    View view = View.of(Column.QUEUED, false, "");
    var live = new LiveScreen(virtual.terminal(), observer, view, Duration.ofMillis(100));
    showing = Thread.ofPlatform().daemon().start(live::run);
  }

  @AfterEach
  void close() throws IOException {
    virtual.terminal().close();
    observer.close();
    shop.close();
  }

  private String attributes() {
    return virtual.terminal().getAttributes().toString().replaceAll(" .Attributes@.*", "");
  }

  private void press(String keys) throws IOException {
    virtual.terminal().processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
  }

  /** Waits until the screen has text of this form. */
  private void await(String form) {
    var pattern = Pattern.compile(form, Pattern.DOTALL);
    try {
      while (!pattern.matcher(virtual.screen().toString()).find()) {
        virtual.screen().waitDirty();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("never " + form + " in\n" + virtual.screen(), e);
    }
  }

  @Test
  void shows_what_happens_until_somebody_quits() throws Exception {
    await("shop .*QUEUED▼.*cart.* 7 .*till.* 3 .*q quit");
    shop.send(shop.till, 6);
    await("till.* 9 .*cart.* 7 ");

    press("q");
    showing.join();
    assertThat(attributes()).isEqualTo(before);
  }

  @Test
  void sorts_filters_and_shows_one_process() throws Exception {
    await("cart.*till");
    press(RIGHT);
    await("HANDLED▼");
    press("/till");
    await("filter: till");
    press("\r");
    await("1 to 1 of 1 by handled, with 'till'");
    press("\r");
    await("process +till, " + shop.till + ".*mailbox +3 waiting.*Esc back");
    press("\u001b");
    await("HANDLED▼.*till");
    press("\u001b");
    await("of 3 by handled ");
    press("\u0004");
    showing.join();
  }

  @Test
  void shows_growth_since_a_mark() throws Exception {
    await("cart.*till");
    press("m");
    await("growth since the mark");
    shop.send(shop.till, 5);
    await("till .* \\+5 .*cart");
    press("g");
    await("cart.* 7 ");
    press("q");
    showing.join();
  }

  @Test
  void shows_the_state_on_request_and_nothing_that_moves_the_cursor() throws Exception {
    await("cart.*till");
    press("/stock\r");
    await("1 to 1 of 1 by queued, with 'stock'");
    press("\r");
    await("kind +agent");
    press("s");
    await("state +.*eggs·\\[2J and milk");
    press("q");
    showing.join();
  }

  @Test
  void says_that_the_process_it_shows_has_ended() throws Exception {
    await("cart.*till");
    press(DOWN + UP + "\r");
    await("process +cart");
    shop.cart.exit(ExitReason.KILL);
    await("the process " + shop.cart + " has ended");
    press("q");
    showing.join();
  }

  @Test
  void fits_itself_into_another_size() throws Exception {
    await("HANDLED");
    virtual.screen().setSize(Size.of(40, 12));
    virtual.terminal().setSize(Size.of(40, 12));
    virtual.terminal().raise(Terminal.Signal.WINCH);
    await("(?s)^(?!.*HANDLED).*QUEUED");
    press("q");
    showing.join();
  }

  @Test
  void goes_on_while_the_observer_is_away() throws Exception {
    await("cart.*till");
    shop.observer.close();
    await("no observer on");
    press("\u0003q");
    showing.join();
  }
}
