package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.KvModel.Action;
import dev.ostler.kv.server.KvModel.Place;
import dev.ostler.kv.server.Linearizability.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker, with histories of which it is known whether they are linearizable. */
class LinearizabilityCheckerTest {
  private static final Place X = new Place("x", "f");
  private static final Place Y = new Place("y", "f");

  private static Operation<Action> known(
      long called,
      long returned,
      Action action,
      @org.jspecify.annotations.Nullable Object outcome) {
    return new Operation<>(action, Optional.of(String.valueOf(outcome)), called, returned);
  }

  private static Operation<Action> unknown(long called, Action action) {
    return new Operation<>(action, Optional.empty(), called, 0);
  }

  private static Action set(Place at, int value) {
    return new Action.Set(at, String.valueOf(value));
  }

  private static Action get(Place at) {
    return new Action.Get(at);
  }

  @SafeVarargs
  private static boolean holds(Operation<Action>... history) {
    return Linearizability.holds(new KvModel(), List.of(history));
  }

  @Nested
  class Is_in_order {
    @Test
    void nothing() {
      assertThat(holds()).isTrue();
    }

    @Test
    void a_read_of_what_was_written_before() {
      assertThat(holds(known(0, 1, set(X, 1), 1), known(2, 3, get(X), 1))).isTrue();
    }

    @Test
    void a_read_of_what_is_being_written_or_not_yet() {
      assertThat(holds(known(0, 9, set(X, 1), 1), known(2, 3, get(X), 1))).isTrue();
      assertThat(holds(known(0, 9, set(X, 1), 1), known(2, 3, get(X), null))).isTrue();
    }

    @Test
    void a_read_that_needs_another_order_than_that_of_the_calls() {
      assertThat(
              holds(
                  known(0, 9, set(X, 1), 0),
                  known(1, 9, set(X, 2), 1),
                  known(2, 9, get(X), 2),
                  known(10, 11, get(X), 1)))
          .isTrue();
    }

    @Test
    void an_unknown_outcome_that_shows_late_or_never() {
      assertThat(holds(unknown(0, set(X, 1)), known(5, 6, get(X), null), known(7, 8, get(X), 1)))
          .isTrue();
      assertThat(holds(unknown(0, set(X, 1)), known(5, 6, get(X), null))).isTrue();
    }

    @Test
    void a_loss_at_any_moment_of_its_time() {
      assertThat(
              holds(
                  known(0, 1, set(X, 1), 1),
                  known(2, 9, new Action.Loss("x"), null),
                  known(3, 4, get(X), 1),
                  known(5, 6, get(X), null)))
          .isTrue();
    }

    @Test
    void what_happened_at_the_same_moment_in_either_order() {
      assertThat(holds(known(0, 1, set(X, 1), 1), known(1, 2, get(X), null))).isTrue();
    }
  }

  @Nested
  class Is_out_of_order {
    @Test
    void a_read_of_what_nobody_wrote() {
      assertThat(holds(known(0, 1, get(X), 7))).isFalse();
    }

    @Test
    void a_read_that_misses_what_was_written_before() {
      assertThat(holds(known(0, 1, set(X, 1), 1), known(2, 3, get(X), null))).isFalse();
    }

    @Test
    void a_read_of_the_past_after_one_of_the_present() {
      assertThat(
              holds(known(0, 9, set(X, 1), 1), known(2, 3, get(X), 1), known(4, 5, get(X), null)))
          .isFalse();
    }

    @Test
    void two_increments_that_both_were_the_first() {
      var add = new Action.Add(X, 1);

      assertThat(holds(known(0, 9, add, 1), known(0, 9, add, 2))).isTrue();
      assertThat(holds(known(0, 9, add, 1), known(0, 9, add, 1))).isFalse();
    }

    @Test
    void two_swaps_of_the_same_value() {
      var swap = new Action.Swap(X, "1", "2");

      assertThat(holds(known(0, 1, set(X, 1), 1), known(2, 9, swap, 1), known(2, 9, swap, 0)))
          .isTrue();
      assertThat(holds(known(0, 1, set(X, 1), 1), known(2, 9, swap, 1), known(2, 9, swap, 1)))
          .isFalse();
    }

    @Test
    void a_transaction_of_which_half_is_seen() {
      var both = new Action.Transaction(List.of(set(X, 1), set(Y, 1)));
      var look = new Action.Transaction(List.of(get(X), get(Y)));

      assertThat(holds(known(0, 9, both, List.of(1, 1)), known(2, 3, look, "[null, null]")))
          .isTrue();
      assertThat(holds(known(0, 9, both, List.of(1, 1)), known(2, 3, look, "[1, null]"))).isFalse();
      assertThat(
              holds(
                  known(0, 9, both, List.of(1, 1)),
                  known(2, 3, get(X), 1),
                  known(4, 5, get(Y), null)))
          .isFalse();
    }

    @Test
    void an_unknown_outcome_that_shows_before_its_call_or_goes_away() {
      assertThat(holds(known(0, 1, get(X), 1), unknown(2, set(X, 1)))).isFalse();
      assertThat(holds(unknown(0, set(X, 1)), known(1, 2, get(X), 1), known(3, 4, get(X), null)))
          .isFalse();
    }

    @Test
    void a_loss_that_is_not_seen_after_its_end() {
      assertThat(
              holds(
                  known(0, 1, set(X, 1), 1),
                  known(2, 4, new Action.Loss("x"), null),
                  known(5, 6, get(X), 1)))
          .isFalse();
    }
  }

  @Nested
  class Random_histories {
    static LongStream seeds() {
      return Seeds.some(100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void made_in_some_order_are_in_order_until_an_outcome_is_falsified(long seed) {
      var random = new Random(seed);
      List<Operation<Action>> history = history(random);

      assertThat(Linearizability.holds(new KvModel(), history)).isTrue();

      var falsified = new ArrayList<>(history);
      int at = random.nextInt(history.size());
      Operation<Action> one = history.get(at);
      falsified.set(at, known(one.called(), one.returned(), get(X), "no such value"));
      assertThat(Linearizability.holds(new KvModel(), falsified)).isFalse();
    }

    /** Each operation takes effect at a moment of its own, between its call and its return. */
    private static List<Operation<Action>> history(Random random) {
      var model = new KvModel();
      Map<Place, String> state = model.initial();
      var history = new ArrayList<Operation<Action>>();
      for (long moment = 0; moment < 600; moment += 10) {
        Place at = random.nextBoolean() ? X : Y;
        Action action =
            switch (random.nextInt(4)) {
              case 0 -> set(at, random.nextInt(3));
              case 1 -> new Action.Delete(at);
              case 2 -> new Action.Add(at, 1);
              default -> get(at);
            };
        long called = moment - random.nextInt(30);
        boolean lost = random.nextInt(12) == 0;
        if (lost && random.nextBoolean()) {
          history.add(unknown(called, action)); // and never done
          continue;
        }
        Linearizability.Step<Map<Place, String>> step = model.apply(state, action);
        state = step.state();
        history.add(
            lost
                ? unknown(called, action)
                : known(called, moment + random.nextInt(30), action, step.outcome()));
      }
      return history;
    }
  }
}
