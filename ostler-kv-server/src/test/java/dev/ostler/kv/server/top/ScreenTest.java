package dev.ostler.kv.server.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lines of a screen, whatever its size and whatever the program says of itself. */
class ScreenTest {
  private static final String HOSTILE = "\u001b[31mcart\u0007\r\n\u202e 買い物かごの中身はとても長いです";

  private static final View VIEW = View.of(Column.QUEUED, false, "");

  private static Snapshot snapshot(View asked) {
    Map<String, Object> row =
        Map.of(
            "pid",
            42.0,
            "label",
            HOSTILE,
            "kind",
            "server",
            "queued",
            1234567.0,
            "handled",
            5.0,
            "restarts",
            1.0,
            "busy",
            true,
            "callback",
            HOSTILE.repeat(20),
            "at_least",
            1.5,
            "growth",
            Map.of("queued", 5.0, "handled", -1.0, "restarts", 0.0));
    var page = new Told(Map.of("total", 1000.0, "rows", List.of(row)));
    return new Snapshot(asked, overview(), page, Optional.empty());
  }

  private static Told overview() {
    return new Told(
        Map.of(
            "application",
                Map.of("name", HOSTILE, "os_pid", 1.0, "started", "2026-01-01T00:00:00Z"),
            "time", "2026-01-01T03:00:00.5Z",
            "processes", 12345.0,
            "rates", Map.of("started", 12.0, "crashed", 0.4),
            "memory", Map.of("used", 123_456_789.0, "max", 4e9),
            "cpu", 0.25,
            "totals", Map.of("crashed", 3.0, "gave_up", 1.0),
            "longest_mailbox", Map.of("label", "cart", "queued", 7.0)));
  }

  private static String text(List<Line> lines) {
    return String.join("\n", lines.stream().map(Line::text).toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 20, 40, 60, 80, 100, 120, 200, 1000})
  void are_never_too_wide_nor_too_many(int width) {
    var process = new Told(Map.of("label", HOSTILE, "state", HOSTILE.repeat(50), "pid", 42.0));
    View view = View.of(Column.QUEUED, false, HOSTILE);
    View one =
        view.after(new Key(Key.Name.ENTER, 0), snapshot(VIEW), 10)
            .after(new Key(Key.Name.DOWN, 0), snapshot(VIEW), 10);
    for (int height : new int[] {1, 3, 8, 24, 50}) {
      for (List<Line> lines :
          List.of(
              Screen.draw(view, snapshot(VIEW), Optional.empty(), width, height),
              Screen.draw(view, snapshot(VIEW), Optional.of(HOSTILE), width, height),
              Screen.draw(view, Snapshot.nothing(VIEW), Optional.empty(), width, height),
              Screen.draw(
                  one,
                  new Snapshot(VIEW, overview(), Told.NOTHING, Optional.of(process)),
                  Optional.empty(),
                  width,
                  height))) {
        assertThat(lines).hasSize(height);
        assertThat(lines).allMatch(line -> Text.width(line.text()) <= width);
        assertThat(text(lines).replace("\n", "").codePoints())
            .noneMatch(c -> Character.isISOControl(c) || c == 0x202e);
      }
    }
  }

  @Test
  void show_the_program_above_and_the_keys_below() {
    List<Line> lines =
        Screen.draw(View.of(Column.QUEUED, false, ""), snapshot(VIEW), Optional.empty(), 100, 24);

    assertThat(text(lines))
        .contains(
            "12,345 processes, up 3 h",
            "started 12/s, crashed 0/s",
            "memory 123 MB of 4.0 GB, processors 25 %",
            "longest mailbox 7 of cart",
            "in all: crashed 3, gave up 1",
            "1 to 1 of 1,000 by queued",
            "q quit");
  }

  @Test
  void leave_out_columns_where_there_is_little_room() {
    View view = View.of(Column.QUEUED, false, "");

    assertThat(header(view, 200)).contains("PID", "PROCESS", "KIND", "QUEUED▼", "MESSAGE");
    assertThat(header(view, 60)).contains("PID", "QUEUED▼", "HANDLED").doesNotContain("KIND");
    assertThat(header(view, 30)).contains("PROCESS", "QUEUED▼").doesNotContain("HANDLED");
  }

  private static String header(View view, int width) {
    return new Table(snapshot(view), width).header().text();
  }

  @Test
  void show_values_or_growth() {
    assertThat(row(View.of(Column.QUEUED, false, ""))).contains("1,234,567", "1.5 s", "server");
    assertThat(row(View.of(Column.QUEUED, true, ""))).contains(" +5 ", " -1 ");
  }

  private static String row(View view) {
    return new Table(snapshot(view), 200).lines(0).getFirst().text();
  }

  @Test
  void say_that_a_process_has_ended() {
    View one =
        View.of(Column.QUEUED, false, "").after(new Key(Key.Name.ENTER, 0), snapshot(VIEW), 10);
    var gone = new Snapshot(VIEW, overview(), Told.NOTHING, Optional.empty());

    assertThat(text(Screen.draw(one, gone, Optional.empty(), 80, 24)))
        .contains("the process <0.42> has ended");
  }
}
