package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a process remembers of its entries: R26, R28. */
class RegistrationsTest {

  @BeforeEach
  void attach() {
    Processes.attach();
  }

  @AfterEach
  void detach() {
    Processes.detach();
  }

  private static List<Registration> remembered() {
    var all = new ArrayList<Registration>();
    Few.<Registration>each(((Proc) Self.pid()).aux().registrations).forEach(all::add);
    return all;
  }

  // R26
  @Test
  void those_in_registries_that_have_ended_are_forgotten_in_time() {
    var lasting = Registry.<String, String>unique().start();
    lasting.register("first", "value");
    lasting.register("second", "value");
    for (int i = 0; i < 1_000; i++) {
      var ending = Registry.<String, String>unique().start();
      ending.register("key", "value");
      ending.pid().exit(ExitReason.KILL);
    }
    assertThat(remembered()).hasSizeLessThan(9);
    assertThat(lasting.keys(Self.pid())).containsExactlyInAnyOrder("first", "second");
    lasting.unregister("first");
    lasting.unregister("second");
    assertThat(lasting.count()).isZero();
  }

  // R28
  @Test
  void those_that_were_refused_or_given_up_are_forgotten() {
    var registry = Registry.<String, String>unique().start();
    registry.register("key", "value");
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> registry.register("key", "again"))
          .isInstanceOf(AlreadyRegisteredException.class);
    }
    assertThat(remembered()).hasSize(1);
    registry.unregister("key");
    assertThat(remembered()).isEmpty();
  }
}
