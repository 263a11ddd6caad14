package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.KeptStore;
import dev.ostler.kv.server.RawPeer;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.resp.RespParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The replies of Redis 8.0.2 to the shortest inputs for which KV once replied differently: in
 * memory and in a durable store, in both protocols.
 *
 * <p>The cases of {@code redis8-answers.txt} are separated by empty lines. A line that begins with
 * {@code >} is a command, with arguments quoted as in inline commands. The client's number is in
 * front of it, or 1 if there is none. The next line is the reply, as {@link Reply#toString} writes
 * it; {@code ...} is any reply but an error. If the reply in protocol 3 is another, it follows
 * after {@code =}. An empty command only reads one more reply of the client.
 */
@ExtendWith(OstlerExtension.class)
class Redis8AnswersTest {
  /**
   * A command and its reply.
   *
   * @param client the client's number
   * @param words the command; empty if only a reply is read
   * @param reply the reply
   */
  record Step(String client, List<String> words, String reply) {}

  static Stream<Arguments> cases() throws IOException {
    try (InputStream in = Redis8AnswersTest.class.getResourceAsStream("redis8-answers.txt")) {
      String all =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.ISO_8859_1);
      return Stream.of(all.strip().split("\n\n", -1))
          .flatMap(steps -> Stream.of(Arguments.of(2, steps), Arguments.of(3, steps)));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void in_memory(int protocol, String steps) throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)))) {
      expect(protocol, steps(protocol, steps), kv);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void with_buckets_that_are_kept(int protocol, String steps) throws IOException {
    try (var store = KeptStore.always()) {
      expect(protocol, steps(protocol, steps), store.kv());
    }
  }

  private static List<Step> steps(int protocol, String text) {
    var steps = new ArrayList<Step>();
    var lines = new ArrayDeque<>(text.lines().toList());
    while (!lines.isEmpty()) {
      String command = lines.remove();
      int sign = command.indexOf('>');
      assertThat(sign).as(command).isBetween(0, 1);
      String client = sign == 0 ? "1" : command.substring(0, sign);
      String reply = lines.remove();
      if (!lines.isEmpty() && lines.element().startsWith("= ")) {
        String other = lines.remove().substring(2);
        reply = protocol == 3 ? other : reply;
      }
      steps.add(new Step(client, words(command.substring(sign + 1).strip()), reply));
    }
    return steps;
  }

  private static void expect(int protocol, List<Step> steps, Kv kv) throws IOException {
    var got = new ArrayList<Step>();
    Map<String, RawPeer> clients = new HashMap<>();
    try {
      for (Step step : steps) {
        RawPeer client = clients.get(step.client);
        if (client == null) {
          client = new RawPeer(kv.port("resp"));
          clients.put(step.client, client);
          if (protocol == 3) {
            client.ask("HELLO", "3");
          }
        }
        if (!step.words.isEmpty()) {
          client.send(step.words);
        }
        Reply reply = client.next();
        boolean isAny = step.reply.equals("...") && !reply.isError();
        got.add(new Step(step.client, step.words, isAny ? "..." : reply.toString()));
      }
    } finally {
      for (RawPeer client : clients.values()) {
        client.close();
      }
    }
    assertThat(got).containsExactlyElementsOf(steps);
  }

  static List<String> words(String line) {
    return Objects.requireNonNull(RespParser.words(line), line);
  }
}
