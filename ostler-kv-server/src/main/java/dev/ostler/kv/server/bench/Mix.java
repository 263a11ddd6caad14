package dev.ostler.kv.server.bench;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** How often each command is sent, in relation to the others. Immutable; any thread may use it. */
public final class Mix {
  private static final int MOST_WEIGHT = 1_000_000;

  private final EnumMap<Kind, Integer> weights;
  private final Kind[] kinds;
  private final int[] upTo; // the sums of the weights
  private final int sum;

  private Mix(EnumMap<Kind, Integer> weights) {
    this.weights = weights;
    this.kinds = weights.keySet().toArray(Kind[]::new);
    this.upTo = new int[kinds.length];
    int total = 0;
    for (int i = 0; i < kinds.length; i++) {
      total += weights.getOrDefault(kinds[i], 0);
      upTo[i] = total;
    }
    this.sum = total;
  }

  /**
   * Understands {@code get=80,set=20}; a command without a weight has the weight 1.
   *
   * @throws IllegalArgumentException if that is no mix; the message says what it expects
   */
  public static Mix parse(String text) {
    var weights = new EnumMap<Kind, Integer>(Kind.class);
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      Optional<Kind> kind = Kind.named((equals < 0 ? part : part.substring(0, equals)).strip());
      int weight = equals < 0 ? 1 : weight(part.substring(equals + 1).strip());
      if (kind.isEmpty() || weight < 1 || weights.put(kind.get(), weight) != null) {
        throw new IllegalArgumentException(
            "expects different commands, of "
                + Kind.names()
                + ", with weights from 1 to "
                + MOST_WEIGHT
                + ", as get=80,set=20, and found '"
                + text
                + "'");
      }
    }
    return new Mix(weights);
  }

  /** The weight; 0 if it is none. */
  private static int weight(String text) {
    try {
      int weight = Integer.parseInt(text);
      return weight <= MOST_WEIGHT ? weight : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  Set<Kind> kinds() {
    return weights.keySet();
  }

  /** One of the commands. */
  Kind next(RandomGenerator random) {
    int drawn = kinds.length == 1 ? 0 : random.nextInt(sum);
    int i = 0;
    while (drawn >= upTo[i]) {
      i++;
    }
    return kinds[i];
  }

  @Override
  public String toString() {
    return weights.entrySet().stream()
        .map((Map.Entry<Kind, Integer> each) -> each.getKey().text() + "=" + each.getValue())
        .collect(Collectors.joining(","));
  }
}
