package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Commands that a fuzzer makes up, one a line, for a running store: whatever they say, each is
 * answered in good form, nothing fails inside, and the client is not left. Run by Jazzer's thread.
 */
class CommandFuzzTest {
  private static final String END = "that was the last one";

  /** How a refusal begins, as clients tell refusals apart. */
  private static final Pattern CODED = Pattern.compile("[A-Z]+ .*", Pattern.DOTALL);

  /** What is said if a command failed in a way that nobody thought of. */
  private static final List<String> FAILURES =
      List.of("ended before it replied", "does not answer", "no reply in time");

  private static Kv kv;
  private static RespPeer peer;

  /**
   * Who sends them may do all but end the store or others, make users, and fall silent. The default
   * user has a password that no fuzzer guesses.
   */
  @BeforeAll
  static void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    peer = RespPeer.of(kv);
    setUp("CONFIG SET proto-max-bulk-len 1mb"); // else one SETRANGE takes 512 MB, and may
    setUp("ACL SETUSER fuzz on nopass ~* &* +@all -@admin -reset -quit -client|reply");
    setUp("ACL SETUSER default resetpass >4a7c2f90e1d34be8a1");
  }

  private static void setUp(String line) throws IOException {
    assertThat(peer.ask(line.split(" "))).isEqualTo("OK");
  }

  @AfterAll
  static void close() throws IOException {
    peer.close();
    kv.close();
  }

  @FuzzTest
  void each_is_answered_and_none_fails_inside(byte[] input) throws IOException {
    var sent = new ByteArrayOutputStream();
    sent.write(RespPeer.encoded("RESET"));
    sent.write(RespPeer.encoded("AUTH", "fuzz", ""));
    sent.write(RespPeer.encoded("FLUSHALL"));
    for (String line : Bytes.of(input, 0, input.length).split("\n", -1)) {
      List<String> words = RespParser.words(line);
      if (words != null && !words.isEmpty()) {
        sent.write(encoded(words));
      }
    }
    sent.write(RespPeer.encoded("RESET"));
    sent.write(RespPeer.encoded("AUTH", "fuzz", ""));
    sent.write(RespPeer.encoded("ECHO", END));
    peer.sendRaw(sent.toByteArray());
    try {
      Object reply = peer.reply();
      while (!END.equals(reply)) {
        check(reply);
        reply = peer.reply();
      }
    } catch (EOFException e) {
      throw new AssertionError("the client was left", e);
    }
  }

  /** Words are bytes already. */
  private static byte[] encoded(List<String> words) {
    var bytes = new StringBuilder("*" + words.size() + "\r\n");
    for (String word : words) {
      bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return Bytes.array(bytes.toString());
  }

  private static void check(@Nullable Object reply) {
    switch (reply) {
      case Failure(String text) -> {
        assertThat(text).matches(CODED);
        assertThat(FAILURES).noneMatch(text::contains);
      }
      case Iterable<?> elements -> elements.forEach(CommandFuzzTest::check);
      case Map<?, ?> map -> map.values().forEach(CommandFuzzTest::check);
      case null, default -> {}
    }
  }
}
