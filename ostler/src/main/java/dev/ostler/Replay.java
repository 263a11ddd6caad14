package dev.ostler;

import java.util.List;
import java.util.Optional;

/**
 * The last messages that a crashed server took, as a test for JUnit that sends them again.
 *
 * <p>Made on the events' thread, of what {@link Debug} kept while {@link Sys#log} was on. It shows
 * states and messages only as the server's {@link GenServer#formatStatus} does: what that hides is
 * not replayed.
 */
final class Replay {
  /** How many of the last messages it has. */
  private static final int MOST = 20;

  private Replay() {}

  /** The test; empty if there is nothing to replay, or its making fails or takes too long. */
  static String of(GenServer<?, ?, ?> server, List<Debug.Taken> taken) {
    if (taken.isEmpty()) {
      return "";
    }
    String text = Scribe.ask(() -> text(server, taken));
    return text == null ? "" : text;
  }

  private static String text(GenServer<?, ?, ?> server, List<Debug.Taken> taken) {
    String type = server.getClass().getCanonicalName();
    var out = new StringBuilder();
    out.append("@org.junit.jupiter.api.Test\n")
        .append("void a_")
        .append(server.getClass().getSimpleName().replaceAll("\\W", ""))
        .append("_survives_what_it_got() {\n")
        .append("  var server = dev.ostler.GenServer.of(() -> ")
        .append(server instanceof Record ? JavaText.of(server) : "new " + type + "()")
        .append(").start(); // or as your program starts it\n");
    boolean first = true;
    for (Debug.Taken each : taken.subList(Math.max(0, taken.size() - MOST), taken.size())) {
      StatusReport shown =
          new StatusReport(each.before(), Optional.of(each.content()), Optional.empty())
              .formattedBy(server);
      String state = JavaText.of(shown.state());
      if (!first) {
        out.append("  // state: ").append(state).append('\n');
      } else if (state.endsWith(" null")) {
        out.append("  // state, which init has to make: ").append(state).append('\n');
      } else {
        out.append("  dev.ostler.Sys.<Object>replaceState(server.pid(), _ -> ")
            .append(state)
            .append(");\n");
      }
      first = false;
      out.append("  server.")
          .append(
              switch (each.kind()) {
                case CALL -> "call";
                case CAST -> "cast";
                default -> "send";
              })
          .append('(')
          .append(JavaText.of(shown.message().orElse("hidden")))
          .append(");\n");
    }
    return out.append("  dev.ostler.Sys.getState(server.pid()); // throws if it has ended\n")
        .append('}')
        .toString();
  }
}
