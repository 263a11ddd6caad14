package dev.ostler.shell;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.LineDisciplineTerminal;

/**
 * One shell in this program for somebody who is attached to it. Used by a thread of its own, until
 * it has ended; any thread may end it.
 *
 * <p>The terminal is on the other side of the wire: its keys come as frames, and what is to be
 * shown goes there. Only threads of the shell wait for it.
 */
final class AttachedSession {
  private static final Logger LOG = System.getLogger("dev.ostler.shell");
  private static final Duration PATIENCE = Duration.ofMillis(500);
  private static final int MOST_SCRIPT = 1 << 20;

  private final Wire wire;
  private final Map<String, Session.Given> given;
  private volatile boolean left; // whoever was attached has gone

  AttachedSession(Wire wire, Map<String, Session.Given> given) {
    this.wire = wire;
    this.given = given;
  }

  /** What is wanted: the words of the first frame. */
  static byte[] hello(String... words) {
    return String.join("\n", words).getBytes(StandardCharsets.UTF_8);
  }

  void run() {
    LOG.log(Level.INFO, "a shell is attached");
    try {
      Optional<Wire.Frame> hello = wire.receive();
      if (hello.isPresent()) {
        begin(hello.get().text().lines().toList());
      }
    } catch (IOException e) {
      // Whoever was attached has gone.
    } catch (RuntimeException | Error e) {
      if (!left) {
        LOG.log(Level.WARNING, "an attached shell has failed", e);
      }
    } finally {
      close();
      LOG.log(Level.INFO, "a shell has left");
    }
  }

  private void begin(List<String> hello) throws IOException {
    if (hello.getFirst().equals(Wire.VERSION)
        && hello.size() == 6
        && hello.get(1).equals("typed")) {
      type(
          hello.get(2),
          Size.of(Integer.parseInt(hello.get(3)), Integer.parseInt(hello.get(4))),
          Path.of(hello.get(5)));
    } else if (hello.getFirst().equals(Wire.VERSION)
        && hello.size() == 3
        && hello.get(1).equals("script")) {
      script(hello.get(2));
    } else {
      end(
          "the program has version "
              + Wire.VERSION
              + " of the shell, and not "
              + hello.getFirst()
              + ": use the bin/ostler of its version",
          1);
    }
  }

  private void end(String error, int code) throws IOException {
    if (!error.isEmpty()) {
      wire.send(Wire.Kind.ERR, (error + "\n").getBytes(StandardCharsets.UTF_8));
    }
    wire.send(Wire.Kind.END, new byte[] {(byte) code});
  }

  // --- Typed

  private void type(String kind, Size size, Path history) throws IOException {
    String known = kind.matches("[A-Za-z0-9.+_-]+") ? kind : Terminal.TYPE_DUMB;
    long pid = ProcessHandle.current().pid();
    try (var terminal =
        new LineDisciplineTerminal(
            "ostler",
            known,
            new BufferedOutputStream(wire.output(Wire.Kind.OUT)),
            StandardCharsets.UTF_8)) {
      terminal.setSize(size);
      var above = new OutputAbove(terminal);
      var shown = new PrintStream(above, true, StandardCharsets.UTF_8);
      try (var asides = new Asides("ostler shell asides", shown::println)) {
        Session session = Session.in(shown::println, asides::tellOrThrow, given);
        try (var process = new ShellProcess(session, asides::tell);
            var snippets = new Snippets(session, process, "");
            var reports = Reports.besideLog(event -> process.is(event.pid()), asides::tell)) {
          Thread.ofVirtual().name("ostler shell keys").start(() -> listen(terminal, process));
          session.print(
              "Attached to the program " + pid + ". What is typed runs there; Ctrl-D leaves it.");
          new TypedShell(terminal, above, session, "ostler " + pid + "> ")
              .run(process, snippets, () -> settle(reports, asides), history);
        }
      }
    }
    end("", 0);
  }

  /** Hands the keys over; when nobody is attached any more, nothing runs any longer. */
  private void listen(LineDisciplineTerminal terminal, ShellProcess process) {
    try (terminal;
        process) {
      handOver(terminal);
    } catch (IOException | RuntimeException e) {
      // Whoever was attached has gone.
    }
  }

  private void handOver(LineDisciplineTerminal terminal) throws IOException {
    try {
      Optional<Wire.Frame> frame = wire.receive();
      while (frame.isPresent()) {
        switch (frame.get().kind()) {
          case INPUT -> terminal.processInputBytes(frame.get().bytes());
          case SIZE -> {
            String[] size = frame.get().text().split("\n", -1);
            terminal.setSize(Size.of(Integer.parseInt(size[0]), Integer.parseInt(size[1])));
            terminal.raise(Terminal.Signal.WINCH);
          }
          case HELLO, OUT, ERR, END -> throw new IOException("not expected: " + frame.get().kind());
        }
        frame = wire.receive();
      }
    } finally {
      left = true;
    }
  }

  private static void settle(Reports reports, Asides asides) {
    reports.flush();
    try {
      asides.flush(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // --- A script

  private void script(String name) throws IOException {
    Optional<List<String>> lines = lines();
    if (lines.isEmpty()) {
      end("ostler: expected a script of at most " + MOST_SCRIPT + " bytes, and found more", 1);
      return;
    }
    var shown = new PrintStream(wire.output(Wire.Kind.OUT), true, StandardCharsets.UTF_8);
    var err =
        new PrintWriter(
            new OutputStreamWriter(wire.output(Wire.Kind.ERR), StandardCharsets.UTF_8), true);
    boolean done;
    try (var asides = new Asides("ostler shell asides", err::println)) {
      Session session = Session.in(shown::println, asides::tellOrThrow, given);
      try (var process = new ShellProcess(session, asides::tell);
          var snippets = new Snippets(session, process, "");
          var reports = Reports.besideLog(event -> process.is(event.pid()), asides::tell)) {
        Thread.ofVirtual().name("ostler shell end").start(() -> awaitEnd(process));
        done = new Script(name, lines.get(), snippets, err).run();
        settle(reports, asides);
      }
    }
    end("", done ? 0 : 1);
  }

  /** The lines of the script; empty if there are too many. */
  private Optional<List<String>> lines() throws IOException {
    var text = new ByteArrayOutputStream();
    Optional<Wire.Frame> frame = wire.receive();
    while (frame.isPresent() && frame.get().bytes().length > 0) {
      text.writeBytes(frame.get().bytes());
      if (text.size() > MOST_SCRIPT) {
        return Optional.empty();
      }
      frame = wire.receive();
    }
    return Optional.of(text.toString(StandardCharsets.UTF_8).lines().toList());
  }

  private void awaitEnd(ShellProcess process) {
    try (process) {
      while (wire.receive().isPresent()) {
        // Nothing is expected but the end.
      }
    } catch (IOException e) {
      // That is an end, too.
    }
  }

  void close() {
    ShellSockets.close(wire);
  }
}
