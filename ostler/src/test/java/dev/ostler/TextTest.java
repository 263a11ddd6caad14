package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Values of the user's as text: short, and safe. */
class TextTest {

  /** Counts how often it is printed. */
  private record Counted(AtomicInteger printed) {
    @Override
    public String toString() {
      return "item " + printed.incrementAndGet();
    }
  }

  private record Point(int x, Object y) {}

  private record Login(String user, String password) {
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }

  private static final class Secrets extends ArrayList<String> {
    @Override
    public String toString() {
      return "secrets";
    }
  }

  @Nested
  class Large_values {
    private final AtomicInteger printed = new AtomicInteger();
    private final List<Counted> million =
        Collections.nCopies(1_000_000, new Counted(printed)); // one object, a million times

    private void assertShort(Object value, String beginning) {
      printed.set(0);
      assertThat(Text.bounded(value)).startsWith(beginning).hasSizeLessThan(220);
      assertThat(printed).hasValueLessThan(200);
    }

    @Test
    void are_printed_only_as_far_as_they_are_shown() {
      assertShort(million, "[item 1, item 2, ");
      assertShort(million.toArray(), "[item 1, item 2, ");
      assertShort(Optional.of(million), "Optional[[item 1, item 2, ");
      assertShort(new AtomicReference<>(million), "[item 1, ");
      assertShort(Map.of("key", million), "{key=[item 1, ");
      assertShort(new Point(1, million), "Point[x=1, y=[item 1, ");
      assertShort(List.of(new Point(1, Map.of(million, 1))), "[Point[x=1, y={[item 1, ");
    }

    @Test
    void are_cut_if_they_are_strings() {
      assertThat(Text.bounded("x".repeat(100_000))).isEqualTo("x".repeat(200) + "... (100000)");
      assertThat(Text.bounded(new StringBuilder("x".repeat(100_000)))).hasSizeLessThan(220);
      assertThat(Text.bounded(List.of("x".repeat(100_000)))).hasSizeLessThan(220);
      assertThat(Text.bounded(BigInteger.ONE.shiftLeft(10_000_000))).contains("10000001 bits");
    }

    @Test
    void are_cut_if_they_are_deep_or_contain_themselves() {
      Object deep = "end";
      for (int i = 0; i < 100_000; i++) {
        deep = Collections.singletonList(deep);
      }
      assertThat(Text.bounded(deep)).startsWith("[[[[").hasSizeLessThan(100);
      var self = new ArrayList<Object>();
      self.add(self);
      self.add(Optional.of(self));
      assertThat(Text.bounded(self)).hasSizeLessThan(220);
    }
  }

  @Nested
  class Small_values {
    @Test
    void look_as_their_toString_does() {
      var point = new Point(1, Optional.of(List.of("a", Map.of(1, 'b'))));
      for (Object value :
          List.of(
              point,
              List.of(point, point),
              new TreeMap<>(Map.of("a", 1, "b", 2)),
              Optional.empty(),
              1,
              "text",
              new IllegalStateException("broken"),
              new StringBuilder("built"),
              Map.entry("key", "value"))) {
        assertThat(Text.bounded(value)).isEqualTo(value.toString());
      }
      assertThat(Text.bounded(null)).isEqualTo("null");
      assertThat(Text.bounded(new Object[] {1, null})).isEqualTo("[1, null]");
    }

    @Test
    void show_what_they_choose_to_show() {
      assertThat(Text.bounded(new Login("joe", "secret"))).isEqualTo("Login[joe]");
      assertThat(Text.bounded(List.of(new Login("joe", "secret")))).isEqualTo("[Login[joe]]");
      var secrets = new Secrets();
      secrets.add("secret");
      assertThat(Text.bounded(secrets)).isEqualTo("secrets");
      assertThat(Text.bounded(new Point(1, "secret".toCharArray())))
          .isEqualTo("Point[x=1, y=char[6]]");
    }
  }

  @Nested
  class A_toString {
    /** Runs this, and then has a text. */
    private static Object thatRuns(Runnable code) {
      return new Object() {
        @Override
        public String toString() {
          code.run();
          return "done";
        }
      };
    }

    @Test
    void that_fails_is_told_of_and_the_rest_is_shown() {
      Object bad =
          thatRuns(
              () -> {
                throw new OutOfMemoryError("for the test");
              });
      assertThat(Text.bounded(bad)).contains("whose toString threw java.lang.OutOfMemoryError");
      assertThat(Text.bounded(List.of(1, "two"))).isEqualTo("[1, two]");
      assertThat(Text.bounded(new Point(7, bad))).startsWith("Point[x=7, y=a ");
    }

    @Test
    void does_not_run_on_the_thread_that_asks() {
      var by = new AtomicReference<Thread>();
      Object value = thatRuns(() -> by.set(Thread.currentThread()));
      assertThat(Text.bounded(value)).isEqualTo("done");
      assertThat(by.get()).isNotSameAs(Thread.currentThread());
    }

    @Test
    void that_does_not_return_costs_a_thread_and_with_the_last_one_texts_but_never_the_caller()
        throws Exception {
      var gate = new CountDownLatch(1);
      Object stuck =
          thatRuns(
              () -> {
                boolean open = false;
                while (!open) {
                  try {
                    gate.await();
                    open = true;
                  } catch (InterruptedException e) {
                    // It does not listen.
                  }
                }
              });
      try {
        for (int i = 0; i < Scribe.THREADS; i++) {
          assertThat(Text.bounded(List.of(new Login("joe", "")))).isEqualTo("[Login[joe]]");
          assertThat(Text.bounded(stuck)).endsWith("whose toString took too long");
        }
        assertThat(Text.bounded(new Login("joe", ""))).endsWith("whose toString took too long");
        assertThat(Text.bounded("plain")).isEqualTo("plain");
      } finally {
        gate.countDown();
        long nanos = Duration.ofSeconds(60).toNanos();
        assertThat(Scribe.end(nanos)).isTrue(); // no thread is blocked in the next test
      }
    }
  }
}
