package dev.ostler.kv.server.top;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;

/**
 * The screen of a terminal, until somebody quits.
 *
 * <p>The thread that calls {@link #run} owns the view and draws. Another one reads keys, and a
 * third asks the observer; both tell the first what has happened.
 */
final class LiveScreen {
  /** A page that is not empty, and has no rows. */
  private static final Told NOT_YET = new Told(Map.of("total", 0.0));

  private static final int MOST_HAPPENINGS = 1000;
  private static final long READ_MILLIS = 1000;
  private static final int USUAL_WIDTH = 80;
  private static final int USUAL_HEIGHT = 24;

  /** What happens to the screen. */
  private sealed interface Happened {
    record Pressed(Key key) implements Happened {}

    record Told(Wish asked, Snapshot snapshot) implements Happened {}

    record Failed(String why) implements Happened {}

    record Resized() implements Happened {}

    record Quit() implements Happened {}
  }

  /** What the observer is to be asked. */
  private record Wish(View view, int rows) {}

  private final Terminal terminal;
  private final Looking looking;
  private final Duration interval;
  private final BlockingQueue<Happened> happenings = new ArrayBlockingQueue<>(MOST_HAPPENINGS);
  private final BlockingQueue<Wish> wishes = new ArrayBlockingQueue<>(1);

  // Used by the thread that draws.
  private final Display display;
  private View view;
  private Snapshot seen;
  private Optional<String> trouble = Optional.empty();

  LiveScreen(Terminal terminal, ObserverClient observer, View view, Duration interval) {
    this.terminal = terminal;
    this.looking = new Looking(observer);
    this.view = view;
    this.seen = Snapshot.nothing(view);
    this.interval = interval;
    this.display = new Display(terminal, true);
  }

  /** Shows the screen until somebody quits, or the terminal is gone. */
  void run() {
    Attributes before = terminal.enterRawMode();
    terminal.handle(Terminal.Signal.WINCH, signal -> happened(new Happened.Resized()));
    terminal.handle(Terminal.Signal.INT, signal -> happened(new Happened.Quit()));
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.keypad_xmit);
    terminal.puts(Capability.cursor_invisible);
    Thread restoring = Thread.ofPlatform().unstarted(() -> restore(before));
    Runtime.getRuntime().addShutdownHook(restoring); // also if the JVM is told to end
    Thread keys = Thread.ofPlatform().daemon().name("top keys").start(this::readKeys);
    Thread asks = Thread.ofPlatform().daemon().name("top asks").start(this::askAgain);
    try {
      resize();
      wish();
      draw();
      while (handle(happenings.take())) {
        draw();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      asks.interrupt();
      keys.interrupt();
      if (isNotEnding(restoring)) {
        restore(before);
      }
    }
  }

  private static boolean isNotEnding(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false; // the hook does it
    }
  }

  private void restore(Attributes before) {
    terminal.puts(Capability.cursor_visible);
    terminal.puts(Capability.keypad_local);
    terminal.puts(Capability.exit_ca_mode);
    terminal.setAttributes(before);
    terminal.flush();
  }

  // --- The thread that draws

  /** Whether it goes on. */
  private boolean handle(Happened happened) {
    switch (happened) {
      case Happened.Quit() -> {
        return false;
      }
      case Happened.Pressed(Key key) -> {
        return press(key);
      }
      case Happened.Told(Wish asked, Snapshot snapshot) -> {
        trouble = Optional.empty();
        if (!asked.view().asksOther(view)) {
          seen = snapshot;
          if (Screen.rows(seen, height()) > asked.rows()) {
            wish();
          }
        }
      }
      case Happened.Failed(String why) -> trouble = Optional.of(why);
      case Happened.Resized() -> {
        resize();
        wish();
      }
    }
    return true;
  }

  private boolean press(Key key) {
    if (key.name() == Key.Name.END_OF_INPUT
        || (view.typing().isEmpty() && key.equals(Key.character('q')))) {
      return false;
    }
    View before = view;
    view = view.after(key, seen, rows());
    if (view.asksOther(before)) {
      if (!view.process().equals(before.process())) {
        seen = new Snapshot(view, seen.overview(), NOT_YET, Optional.empty());
      }
      wish();
    }
    return true;
  }

  private void wish() {
    wishes.clear();
    wishes.add(new Wish(view, rows()));
  }

  private void resize() {
    display.resize(Size.of(width(), height()));
    display.clear();
  }

  private int width() {
    return terminal.getColumns() > 0 ? terminal.getColumns() : USUAL_WIDTH;
  }

  private int height() {
    return terminal.getRows() > 0 ? terminal.getRows() : USUAL_HEIGHT;
  }

  private int rows() {
    return Screen.rows(seen, height());
  }

  private void draw() {
    List<AttributedString> lines =
        Screen.draw(view, seen, trouble, width(), height()).stream()
            .map(line -> new AttributedString(line.text(), style(line.style())))
            .toList();
    display.update(lines, 0);
    terminal.flush();
  }

  private static AttributedStyle style(Line.Style style) {
    return switch (style) {
      case PLAIN -> AttributedStyle.DEFAULT;
      case HEADER -> AttributedStyle.BOLD;
      case SELECTED -> AttributedStyle.INVERSE;
      case TROUBLE -> AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
      case FAINT -> AttributedStyle.DEFAULT.faint();
    };
  }

  // --- The other two

  /** Tells the thread that draws; what comes too fast for it is dropped. */
  private void happened(Happened what) {
    happenings.offer(what);
  }

  private void readKeys() {
    try {
      Key key;
      do {
        key = Key.read(this::character);
        happened(new Happened.Pressed(key));
      } while (key.name() != Key.Name.END_OF_INPUT);
    } catch (IOException | RuntimeException e) {
      happened(new Happened.Quit());
    }
  }

  /**
   * The next character. It is asked for again and again, because the terminal cannot be closed
   * while somebody waits for it without a limit.
   */
  private int character(long millis) throws IOException {
    int c;
    do {
      c = terminal.reader().read(millis == 0 ? READ_MILLIS : millis);
    } while (millis == 0 && c == NonBlockingReader.READ_EXPIRED && !Thread.interrupted());
    return c;
  }

  private void askAgain() {
    try {
      Wish wish = wishes.take();
      while (true) {
        ask(wish);
        Wish next = wishes.poll(interval.toNanos(), TimeUnit.NANOSECONDS);
        wish = next == null ? wish : next;
      }
    } catch (InterruptedException e) {
      // Somebody has quit.
    }
  }

  private void ask(Wish wish) {
    try {
      happened(new Happened.Told(wish, looking.ask(wish.view(), wish.rows())));
    } catch (IOException e) {
      happened(new Happened.Failed(String.valueOf(e.getMessage())));
    }
  }
}
