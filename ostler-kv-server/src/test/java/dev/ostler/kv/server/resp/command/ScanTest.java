package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SCAN returns all names step by step, whatever happens meanwhile. */
@ExtendWith(OstlerExtension.class)
class ScanTest {
  private static List<String> scan(RespPeer peer, String... options) throws IOException {
    var names = new ArrayList<String>();
    String cursor = "0";
    do {
      var words = new ArrayList<>(List.of("SCAN", cursor));
      words.addAll(List.of(options));
      List<?> reply = (List<?>) peer.ask(words.toArray(String[]::new));
      cursor = (String) reply.get(0);
      ((List<?>) reply.get(1)).forEach(name -> names.add((String) name));
    } while (!cursor.equals("0"));
    return names;
  }

  private static Set<String> names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).collect(Collectors.toSet());
  }

  private static void fill(RespPeer peer, Set<String> names) throws IOException {
    for (String name : names) {
      peer.send("HSET", name, "f", "1");
    }
    peer.replies(names.size());
  }

  @Nested
  class Alone {
    @Test
    void shows_every_name_once() throws IOException {
      try (var store = new TimedStore()) {
        Set<String> all = names("key:", 1000);
        fill(store.peer(), all);

        assertThat(scan(store.peer())).hasSize(1000).hasSameElementsAs(all);
        assertThat(scan(store.peer(), "COUNT", "1")).hasSize(1000).hasSameElementsAs(all);
        assertThat(scan(store.peer(), "COUNT", "1000000")).hasSize(1000).hasSameElementsAs(all);
      }
    }

    @Test
    void shows_only_what_is_wanted() throws IOException {
      try (var store = new TimedStore()) {
        RespPeer peer = store.peer();
        fill(peer, names("key:", 300));
        names("text:", 50).forEach(name -> store.text(name, "v"));

        assertThat(scan(peer, "MATCH", "key:1??")).hasSize(100);
        assertThat(scan(peer, "TYPE", "string")).hasSameElementsAs(names("text:", 50));
        assertThat(scan(peer, "TYPE", "HASH", "COUNT", "7")).hasSize(300);
        assertThat(scan(peer, "TYPE", "list")).isEmpty();
        assertThat(scan(peer, "TYPE", "string", "MATCH", "*:1*", "COUNT", "10")).hasSize(11);
      }
    }

    @Test
    void refuses_wrong_arguments() throws IOException {
      try (var store = new TimedStore()) {
        assertThat(store.does("SCAN x")).isEqualTo(new RespReader.Failure("ERR invalid cursor"));
        assertThat(store.does("SCAN 0 COUNT 0"))
            .isEqualTo(new RespReader.Failure(CommandError.SYNTAX));
        assertThat(store.does("SCAN 0 COUNT x"))
            .isEqualTo(new RespReader.Failure(CommandError.NOT_INTEGER));
        assertThat(store.does("SCAN 0 MATCH"))
            .isEqualTo(new RespReader.Failure(CommandError.SYNTAX));
        assertThat(store.does("SCAN 0 FOR x"))
            .isEqualTo(new RespReader.Failure(CommandError.SYNTAX));
        assertThat(store.does("SCAN 18446744073709551615")).isInstanceOf(List.class);
      }
    }
  }

  @Nested
  class Among_other_clients {
    static LongStream seeds() {
      return Seeds.some(10);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void misses_no_name_that_stays_however_many_come_and_go_between_its_steps(long seed)
        throws IOException {
      var random = new Random(seed);
      try (var store = new TimedStore()) {
        RespPeer peer = store.peer();
        Set<String> stay = names("stay:", 1 + random.nextInt(300));
        fill(peer, stay);
        var others = new ArrayList<String>();
        var seen = new HashSet<String>();
        String cursor = "0";
        do {
          List<?> reply =
              (List<?>) peer.ask("SCAN", cursor, "COUNT", "" + (1 + random.nextInt(20)));
          cursor = (String) reply.get(0);
          ((List<?>) reply.get(1)).forEach(name -> seen.add((String) name));
          disturb(peer, others, random);
        } while (!cursor.equals("0"));

        assertThat(seen).containsAll(stay);
      }
    }

    /** Sometimes makes the table grow a lot, or shrink. */
    private static void disturb(RespPeer peer, List<String> others, Random random)
        throws IOException {
      switch (random.nextInt(6)) {
        case 0 -> {
          Set<String> more = names("other" + random.nextInt() + ":", random.nextInt(2000));
          fill(peer, more);
          others.addAll(more);
        }
        case 1 -> {
          others.forEach(
              name -> {
                try {
                  peer.send("DEL", name);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
          peer.replies(others.size());
          others.clear();
        }
        default -> {}
      }
    }

    @Test
    void misses_no_name_that_stays_while_others_come_and_go() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
          RespPeer peer = RespPeer.of(kv)) {
        Set<String> stay = names("stay:", 500);
        fill(peer, stay);
        var done = new AtomicBoolean();
        var begun = new CountDownLatch(1);
        Thread churn =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (RespPeer other = RespPeer.of(kv)) {
                        while (!done.get()) {
                          fill(other, names("other:", 5000));
                          begun.countDown();
                          for (int i = 0; i < 5000; i++) {
                            other.send("DEL", "other:" + i);
                          }
                          other.replies(5000);
                        }
                      } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    });
        begun.await();
        for (int round = 0; round < 20; round++) {
          assertThat(scan(peer, "COUNT", "100")).containsAll(stay);
        }
        done.set(true);
        churn.join();
        assertThat(scan(peer)).hasSameElementsAs(stay);
        assertThat(peer.ask("DBSIZE")).isEqualTo(500L);
      }
    }
  }
}
