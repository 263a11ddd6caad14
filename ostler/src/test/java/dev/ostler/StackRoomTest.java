package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Whoever asks for room on the stack is refused before the stack ends. */
class StackRoomTest {
  private static final int FRAMES = 64;

  @Test
  void is_refused_before_the_stack_ends() {
    assertThat(frameAfterTheRefusal(StackRoom::forStep)).isEqualTo(FRAMES);
    assertThat(frameAfterTheRefusal(StackRoom::forWake)).isEqualTo(FRAMES);
  }

  @Test
  void is_refused_before_the_stack_ends_where_no_class_can_be_made() {
    IntUnaryOperator room = StackRoom.recursion(32 * 1024);
    assertThat(room.applyAsInt(0)).isZero();
    assertThat(frameAfterTheRefusal(() -> room.applyAsInt(0))).isEqualTo(FRAMES);
  }

  /** Goes down until there is no room, and from there on as far as the room would have been. */
  private static int frameAfterTheRefusal(Runnable asks) {
    try {
      asks.run();
    } catch (StackOverflowError e) {
      return goOn(0);
    }
    return frameAfterTheRefusal(asks) + 0;
  }

  private static int goOn(int frame) {
    return frame == FRAMES ? frame : goOn(frame + 1);
  }
}
