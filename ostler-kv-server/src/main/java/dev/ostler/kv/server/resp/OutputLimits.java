package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The setting {@code client-output-buffer-limit}: for each class of clients a hard limit, a soft
 * limit, and for how many seconds the soft limit may be exceeded. Only the hard limit of
 * subscribers has an effect; other clients are not read from while they do not read their replies.
 *
 * <p>Guarded by the lock of {@link Settings}.
 */
final class OutputLimits {
  private static final String SUBSCRIBERS = "pubsub";

  private final Map<String, List<Long>> limits = new LinkedHashMap<>();

  OutputLimits(long ofSubscribers) {
    limits.put("normal", List.of(0L, 0L, 0L));
    limits.put("slave", List.of(0L, 0L, 0L));
    limits.put(SUBSCRIBERS, List.of(ofSubscribers, 0L, 0L));
  }

  /**
   * The setting's value after this change: class, hard limit, soft limit and seconds, once or more.
   */
  String with(String change) {
    var changed = new OutputLimits(0);
    changed.limits.putAll(limits);
    changed.take(change);
    return changed.toString();
  }

  /** Applies a change. */
  void take(String change) {
    List<String> words = RespParser.words(change);
    if (words == null || words.size() % 4 != 0) {
      throw new IllegalArgumentException(
          "Wrong number of arguments in buffer limit configuration.");
    }
    var taken = new LinkedHashMap<String, List<Long>>();
    for (int i = 0; i < words.size(); i += 4) {
      String name = Bytes.lower(words.get(i));
      String known = name.equals("replica") ? "slave" : name;
      if (!limits.containsKey(known)) {
        throw new IllegalArgumentException(
            "Invalid client class specified in buffer limit configuration.");
      }
      taken.put(known, numbers(words.subList(i + 1, i + 4)));
    }
    limits.putAll(taken);
  }

  private static List<Long> numbers(List<String> words) {
    var numbers = new ArrayList<Long>();
    for (int i = 0; i < words.size(); i++) {
      boolean seconds = i == words.size() - 1;
      String word = words.get(i);
      Long number = seconds ? Bytes.number(word) : Setting.bytes(word);
      if (number == null || number < 0) {
        throw new IllegalArgumentException(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      numbers.add(number);
    }
    return List.copyOf(numbers);
  }

  /** How many bytes may wait for a subscriber. */
  long ofSubscribers() {
    long hard = limits.getOrDefault(SUBSCRIBERS, List.of(0L)).getFirst();
    return hard == 0 ? Long.MAX_VALUE : hard;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    limits.forEach(
        (name, numbers) -> {
          text.append(text.isEmpty() ? "" : " ").append(name);
          numbers.forEach(number -> text.append(' ').append(number));
        });
    return text.toString();
  }
}
