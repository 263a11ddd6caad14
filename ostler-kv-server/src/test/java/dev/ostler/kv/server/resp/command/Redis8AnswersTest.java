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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The replies of Redis 8.0.2 to the shortest inputs for which KV once replied differently: in
 * memory, and in a durable store.
 *
 * <p>The cases of {@code redis8-answers.txt} are separated by empty lines. A line that begins with
 * {@code >} is a command, with arguments quoted as in inline commands. The client's number is in
 * front of it, or 1 if there is none. The next line is the reply, as {@link Reply#toString} writes
 * it. An empty command only reads one more reply of the client.
 */
@ExtendWith(OstlerExtension.class)
class Redis8AnswersTest {
  static Stream<String> cases() throws IOException {
    try (InputStream in = Redis8AnswersTest.class.getResourceAsStream("redis8-answers.txt")) {
      String all =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.ISO_8859_1);
      return Stream.of(all.split("\n\n", -1)).map(String::strip).filter(text -> !text.isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void in_memory(String steps) throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)))) {
      expect(steps, kv);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void with_buckets_that_are_kept(String steps) throws IOException {
    try (var store = KeptStore.always()) {
      expect(steps, store.kv());
    }
  }

  private static void expect(String steps, Kv kv) throws IOException {
    var got = new StringBuilder();
    Map<String, RawPeer> clients = new HashMap<>();
    try {
      for (String line : steps.lines().toList()) {
        int sign = line.indexOf('>');
        if (sign == 0 || sign == 1) {
          String number = sign == 0 ? "1" : line.substring(0, sign);
          RawPeer client = clients.get(number);
          if (client == null) {
            client = new RawPeer(kv.port("resp"));
            clients.put(number, client);
          }
          List<String> words = words(line.substring(sign + 1).strip());
          if (!words.isEmpty()) {
            client.send(words);
          }
          got.append(line).append('\n').append(client.reply()).append('\n');
        }
      }
    } finally {
      for (RawPeer client : clients.values()) {
        client.close();
      }
    }
    assertThat(got.toString().strip()).isEqualTo(steps);
  }

  static List<String> words(String line) {
    return Objects.requireNonNull(RespParser.words(line), line);
  }
}
