package dev.ostler.kv.server.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How keys change the view. The screen has three rows. */
class ViewTest {
  private View view = View.of(Column.QUEUED, false, "");

  /** Of so many processes, those that the view shows. */
  private Snapshot seen(int total) {
    var rows = new ArrayList<Map<String, Object>>();
    for (int i = view.offset(); i < Math.min(total, view.offset() + 3); i++) {
      rows.add(Map.of("pid", (double) 100 + i));
    }
    var page = new Told(Map.of("total", (double) total, "rows", List.copyOf(rows)));
    return new Snapshot(view, Told.NOTHING, page, Optional.empty());
  }

  private void press(int total, Key.Name... keys) {
    for (Key.Name key : keys) {
      view = view.after(new Key(key, 0), seen(total), 3);
    }
  }

  private void type(String text) {
    for (char c : text.toCharArray()) {
      view = view.after(Key.character(c), seen(10), 3);
    }
  }

  @Test
  void selects_rows_and_scrolls_at_the_edges() {
    press(10, Key.Name.UP, Key.Name.DOWN, Key.Name.DOWN);
    assertThat(view.offset()).isZero();
    assertThat(view.selected()).isEqualTo(2);
    press(10, Key.Name.DOWN);
    assertThat(view.offset()).isEqualTo(1);
    assertThat(view.selected()).isEqualTo(2);
    press(10, Key.Name.PAGE_DOWN);
    assertThat(view.offset() + view.selected()).isEqualTo(6);
    press(10, Key.Name.END);
    assertThat(view.offset()).isEqualTo(7);
    assertThat(view.selected()).isEqualTo(2);
    press(10, Key.Name.DOWN);
    assertThat(view.offset()).isEqualTo(7);
    press(10, Key.Name.PAGE_UP, Key.Name.PAGE_UP);
    assertThat(view.offset()).isEqualTo(3);
    assertThat(view.selected()).isZero();
    press(10, Key.Name.HOME);
    assertThat(view.offset()).isZero();
  }

  @Test
  void stays_at_the_first_row_of_none() {
    press(0, Key.Name.DOWN, Key.Name.END, Key.Name.PAGE_DOWN, Key.Name.UP, Key.Name.ENTER);

    assertThat(view.offset()).isZero();
    assertThat(view.selected()).isZero();
    assertThat(view.process()).isEmpty();
  }

  @Test
  void sorts_by_the_columns_in_turn() {
    press(10, Key.Name.RIGHT);
    assertThat(view.sort()).isEqualTo(Column.HANDLED);
    assertThat(view.descending()).isTrue();
    press(10, Key.Name.LEFT, Key.Name.LEFT);
    assertThat(view.sort()).isEqualTo(Column.KIND);
    assertThat(view.descending()).isFalse();
    type("r");
    assertThat(view.descending()).isTrue();
    type("<<<");
    assertThat(view.sort()).isEqualTo(Column.MESSAGE);
    type(">");
    assertThat(view.sort()).isEqualTo(Column.PID);
  }

  @Test
  void filters_once_the_text_is_typed() {
    type("/crat");
    press(10, Key.Name.BACKSPACE, Key.Name.BACKSPACE, Key.Name.BACKSPACE);
    type("artq");
    assertThat(view.typing()).contains("cartq");
    assertThat(view.filter()).isEmpty();
    press(10, Key.Name.BACKSPACE, Key.Name.ENTER);
    assertThat(view.typing()).isEmpty();
    assertThat(view.filter()).isEqualTo("cart");
    type("/x");
    press(10, Key.Name.ESCAPE);
    assertThat(view.filter()).isEqualTo("cart");
    press(10, Key.Name.ESCAPE);
    assertThat(view.filter()).isEmpty();
  }

  @Test
  void shows_growth_since_the_last_look_or_since_a_mark() {
    type("g");
    assertThat(view.growth()).isTrue();
    assertThat(view.marked()).isFalse();
    type("m");
    assertThat(view.marked()).isTrue();
    type("g");
    assertThat(view.growth()).isFalse();
    assertThat(view.marked()).isFalse();
  }

  @Test
  void shows_one_process_and_goes_back() {
    press(10, Key.Name.DOWN, Key.Name.ENTER);
    assertThat(view.process()).contains(101L);
    assertThat(view.state()).isFalse();
    type("s");
    assertThat(view.state()).isTrue();
    press(10, Key.Name.DOWN, Key.Name.PAGE_DOWN);
    assertThat(view.scroll()).isEqualTo(4);
    press(10, Key.Name.ESCAPE);
    assertThat(view.process()).isEmpty();
    assertThat(view.selected()).isEqualTo(1);
  }
}
