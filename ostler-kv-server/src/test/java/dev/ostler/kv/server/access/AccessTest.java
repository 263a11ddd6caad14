package dev.ostler.kv.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import dev.ostler.kv.server.access.AccessLog.Reason;
import dev.ostler.kv.server.resp.CommandSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Passwords, users and their rights. */
@ExtendWith(OstlerExtension.class)
class AccessTest {
  private static final Failure NO_AUTH = new Failure("NOAUTH Authentication required.");
  private static final Failure WRONG =
      new Failure("WRONGPASS invalid username-password pair or user is disabled.");

  @TempDir Path folder;
  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    open(ClientRules.open());
  }

  private void open(ClientRules rules) throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0).clients(rules)));
    client = RespPeer.of(kv);
  }

  private void reopen(ClientRules rules) throws IOException {
    close();
    open(rules);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    kv.close();
  }

  private @Nullable Object does(String line) throws IOException {
    return client.ask(line.split(" "));
  }

  /** Creates a user with these rules, and returns a client that has authenticated as it. */
  private RespPeer user(String rules) throws IOException {
    assertThat(does("ACL SETUSER bob on >pw " + rules)).isEqualTo("OK");
    RespPeer bob = RespPeer.of(kv);
    assertThat(bob.ask("AUTH", "bob", "pw")).isEqualTo("OK");
    return bob;
  }

  private static Failure refused(String what) {
    return new Failure("NOPERM " + what);
  }

  @Nested
  class A_password {
    @BeforeEach
    void with_one() throws IOException {
      reopen(ClientRules.open().password("sesame"));
    }

    @Test
    void is_asked_of_everybody() throws IOException {
      assertThat(does("PING")).isEqualTo(NO_AUTH);
      assertThat(does("HSET a b c")).isEqualTo(NO_AUTH);
      assertThat(does("HELLO 3")).asString().contains("NOAUTH HELLO must be called");
      assertThat(does("AUTH wrong")).isEqualTo(WRONG);
      assertThat(does("AUTH sesame")).isEqualTo("OK");
      assertThat(does("PING")).isEqualTo("PONG");
      assertThat(does("AUTH wrong")).isEqualTo(WRONG);
      assertThat(does("PING")).isEqualTo("PONG");
    }

    @Test
    void can_come_with_HELLO() throws IOException {
      assertThat(does("HELLO 2 AUTH default sesame")).asString().contains("proto, 2");
    }

    @Test
    void limits_commands_before_authentication() throws IOException {
      client.sendRaw(Bytes.array("*11\r\n"));
      assertThat(client.reply())
          .isEqualTo(new Failure("ERR Protocol error: unauthenticated multibulk length"));
      assertThat(client.isClosed()).isTrue();
      try (RespPeer other = RespPeer.of(kv)) {
        other.sendRaw(Bytes.array("*2\r\n$16385\r\n"));
        assertThat(other.reply())
            .isEqualTo(new Failure("ERR Protocol error: unauthenticated bulk length"));
      }
    }

    @Test
    void is_shown_nowhere() throws IOException {
      assertThat(does("AUTH sesame")).isEqualTo("OK");
      assertThat(does("CONFIG SET slowlog-log-slower-than 0")).isEqualTo("OK");
      assertThat(does("CONFIG SET requirepass abracadabra")).isEqualTo("OK");
      assertThat(does("AUTH abracadabra")).isEqualTo("OK");
      assertThat(does("HELLO 2 AUTH default abracadabra")).isNotInstanceOf(Failure.class);
      assertThat(does("ACL SETUSER bob >abracadabra")).isEqualTo("OK");
      assertThat(does("ACL SETUSER bob <abracadabrx")).isInstanceOf(Failure.class);
      for (String told :
          List.of(
              "CONFIG GET *",
              "SLOWLOG GET -1",
              "ACL LIST",
              "ACL GETUSER bob",
              "ACL LOG",
              "CLIENT LIST",
              "INFO all")) {
        assertThat(String.valueOf(does(told))).as(told).doesNotContain("sesame", "abracad");
      }
      assertThat(ClientRules.open().password("sesame").toString()).doesNotContain("sesame");
    }

    @Test
    void that_is_taken_away_leaves_the_door_open() throws IOException {
      assertThat(does("AUTH sesame")).isEqualTo("OK");
      assertThat(client.ask("CONFIG", "SET", "requirepass", "")).isEqualTo("OK");
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(other.ask("PING")).isEqualTo("PONG");
        assertThat(other.ask("AUTH", "x")).asString().contains("without any password configured");
      }
    }
  }

  @Nested
  class A_user {
    @Test
    void may_do_nothing_at_first() throws IOException {
      try (RespPeer bob = user("")) {
        assertThat(bob.ask("PING"))
            .isEqualTo(refused("User bob has no permissions to run the 'ping' command"));
        assertThat(bob.ask("ACL", "WHOAMI"))
            .isEqualTo(refused("User bob has no permissions to run the 'acl|whoami' command"));
      }
    }

    @Test
    void may_use_commands_by_category_name_and_subcommand() throws IOException {
      try (RespPeer bob = user("~* +@hash -hget +client|id")) {
        assertThat(bob.ask("HSET", "a", "b", "c")).isEqualTo(1L);
        assertThat(bob.ask("HGET", "a", "b"))
            .isEqualTo(refused("User bob has no permissions to run the 'hget' command"));
        assertThat(bob.ask("CLIENT", "ID")).isInstanceOf(Long.class);
        assertThat(bob.ask("CLIENT", "LIST"))
            .isEqualTo(refused("User bob has no permissions to run the 'client|list' command"));
        assertThat(does("ACL SETUSER bob +hget")).isEqualTo("OK");
        assertThat(bob.ask("HGET", "a", "b")).isEqualTo("c");
      }
    }

    @Test
    void may_use_buckets_by_pattern_and_for_reading_or_writing() throws IOException {
      try (RespPeer bob = user("+@all ~a* %R~r* %W~w*")) {
        var key = refused("No permissions to access a key");
        assertThat(bob.ask("HSET", "a1", "b", "c")).isEqualTo(1L);
        assertThat(bob.ask("HGET", "a1", "b")).isEqualTo("c");
        assertThat(bob.ask("HGET", "b1", "b")).isEqualTo(key);
        assertThat(bob.ask("HGET", "r1", "b")).isNull();
        assertThat(bob.ask("HSET", "r1", "b", "c")).isEqualTo(key);
        assertThat(bob.ask("HSET", "w1", "b", "c")).isEqualTo(1L);
        assertThat(bob.ask("HGET", "w1", "b")).isEqualTo(key);
        assertThat(bob.ask("DEL", "a1", "b1")).isEqualTo(key);
      }
    }

    @Test
    void that_is_removed_is_disconnected() throws IOException {
      try (RespPeer bob = user("+@all ~*")) {
        assertThat(does("ACL DELUSER bob nobody")).isEqualTo(1L);
        assertThat(bob.isClosed()).isTrue();
      }
      assertThat(does("ACL DELUSER default"))
          .isEqualTo(new Failure("ERR The 'default' user cannot be removed"));
    }

    @Test
    void may_use_channels_by_pattern_and_is_ended_when_it_may_not_any_more() throws IOException {
      try (RespPeer bob = user("+@all &news*")) {
        var channel = refused("No permissions to access a channel");
        assertThat(bob.ask("PUBLISH", "other", "x")).isEqualTo(channel);
        assertThat(bob.ask("PSUBSCRIBE", "news.*")).isEqualTo(channel);
        assertThat(bob.ask("SUBSCRIBE", "news.1")).isEqualTo(List.of("subscribe", "news.1", 1L));
        assertThat(does("ACL SETUSER bob resetchannels &news.1")).isEqualTo("OK");
        assertThat(does("PUBLISH news.1 hello")).isEqualTo(1L);
        assertThat(bob.reply()).isEqualTo(List.of("message", "news.1", "hello"));
        assertThat(does("ACL SETUSER bob resetchannels")).isEqualTo("OK");
        assertThat(bob.isClosed()).isTrue();
      }
    }

    @Test
    void may_not_watch_what_it_may_only_write() throws IOException {
      does("HSET w1 b c");
      try (RespPeer bob = user("+@all ~a* %W~w*")) {
        var key = refused("No permissions to access a key");
        assertThat(bob.ask("KV.WATCH", "w1")).isEqualTo(key);
        assertThat(bob.ask("TTL", "w1")).isEqualTo(key);
        assertThat(bob.ask("SETBIT", "w1", "0", "1")).isEqualTo(key);
        assertThat(bob.ask("HLEN", "w1")).isEqualTo(1L);
      }
    }

    /** Whatever a command declares about its keys, and whatever options it has. */
    @Test
    void a_user_who_may_only_write_is_never_told_a_value() throws IOException {
      var random = new Random(1);
      var answered = new HashSet<String>();
      try (RespPeer bob = user("+@all %W~*")) {
        for (CommandSpec spec : RespPeer.server(kv).commands().all()) {
          for (int i = 0; i < 30 && spec.firstKey() > 0; i++) {
            does("HSET h f secret g secret");
            does("SET s secret");
            Object reply = bob.ask(words(spec, random));
            assertThat(String.valueOf(reply)).as(spec.fullName()).doesNotContain("secret");
            if (!(reply instanceof Failure)) {
              answered.add(spec.fullName());
            }
            does("DEL h s");
          }
        }
      }
      assertThat(answered).contains("hset", "set", "setex", "hdel", "del");
    }

    /** A command on these two buckets, with random options. */
    private static String[] words(CommandSpec spec, Random random) {
      var options = List.of("f", "g", "1", "0", "2", "100", "x", "GET", "NX", "EX", "REPLACE");
      var words = new ArrayList<>(List.of(spec.fullName().split("\\|")));
      int most = Math.abs(spec.arity()) + (spec.arity() < 0 ? random.nextInt(4) : 0);
      while (words.size() < most) {
        boolean isKey = words.size() == spec.firstKey() || random.nextInt(8) == 0;
        if (isKey) {
          words.add(random.nextBoolean() ? "h" : "s");
        } else if (words.size() + 3 == most && random.nextBoolean()) {
          words.addAll(List.of("FIELDS", "1", "f"));
        } else {
          words.add(options.get(random.nextInt(options.size())));
        }
      }
      return words.toArray(new String[0]);
    }

    @Test
    void may_watch_buckets_by_pattern_and_is_ended_when_it_may_not_any_more() throws IOException {
      does("HSET a1 b c");
      try (RespPeer bob = user("+@all ~a*")) {
        assertThat(bob.ask("KV.WATCH", "a1")).isInstanceOf(Long.class);
        assertThat(does("ACL SETUSER bob resetkeys %R~a1")).isEqualTo("OK");
        does("HSET a1 b d");
        assertThat(bob.reply()).asString().contains("hset, b, d");
        assertThat(does("ACL SETUSER bob resetkeys %W~a*")).isEqualTo("OK");
        assertThat(bob.isClosed()).isTrue();
      }
    }

    @Test
    void whose_rights_change_between_MULTI_and_EXEC_has_the_new_ones() throws IOException {
      try (RespPeer bob = user("+@all ~*")) {
        assertThat(bob.ask("MULTI")).isEqualTo("OK");
        assertThat(bob.ask("HSET", "a", "b", "c")).isEqualTo("QUEUED");
        assertThat(does("ACL SETUSER bob -hset")).isEqualTo("OK");
        assertThat(bob.ask("EXEC"))
            .asString()
            .contains("NOPERM ACLs rules changed between", "no permission to execute the command");
        assertThat(does("EXISTS a")).isEqualTo(0L);
      }
    }

    @Test
    void that_is_off_cannot_come_but_may_stay() throws IOException {
      try (RespPeer bob = user("+@all ~*")) {
        assertThat(does("ACL SETUSER bob off")).isEqualTo("OK");
        assertThat(bob.ask("PING")).isEqualTo("PONG");
        assertThat(bob.ask("AUTH", "bob", "pw")).isEqualTo(WRONG);
      }
    }

    @Test
    void is_told_as_rules_that_make_it() throws IOException {
      assertThat(does("ACL LIST"))
          .isEqualTo(List.of("user default on nopass sanitize-payload ~* &* +@all"));
      assertThat(does("ACL SETUSER bob on >pw ~a* %R~b* &c* +@read -hget")).isEqualTo("OK");
      String line = ((List<?>) does("ACL LIST")).getFirst().toString();
      assertThat(line)
          .isEqualTo(
              "user bob on sanitize-payload #"
                  + Secrets.hash("pw")
                  + " ~a* %R~b* resetchannels &c* -@all +@read -hget");
      assertThat(does("ACL GETUSER nobody")).isNull();
      assertThat(does("ACL USERS")).isEqualTo(List.of("bob", "default"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        value = {
          "+foo | Unknown command or category name in ACL",
          "+@foo | Unknown command or category name in ACL",
          "zork | Syntax error",
          "#12 | The password hash must be exactly 64 characters and contain only lowercase"
              + " hexadecimal characters",
          "%X~a | Syntax error"
        })
    void with_an_invalid_rule_is_not_changed(String rule, String error) throws IOException {
      assertThat(does("ACL SETUSER bob on " + rule))
          .isEqualTo(
              new Failure("ERR Error in ACL SETUSER modifier '%s': %s".formatted(rule, error)));
      assertThat(does("ACL USERS")).isEqualTo(List.of("default"));
    }
  }

  @Nested
  class What_is_refused {
    @Test
    void is_remembered_once_a_minute() throws IOException {
      try (RespPeer bob = user("+@hash ~a")) {
        for (int i = 0; i < 3; i++) {
          assertThat(bob.ask("HGET", "b", "c")).isInstanceOf(Failure.class);
        }
        assertThat(bob.ask("PING")).isInstanceOf(Failure.class);
        assertThat(bob.ask("auth", "bob", "x")).isEqualTo(WRONG);
      }
      assertThat(String.valueOf(does("ACL LOG")))
          .containsSubsequence(
              "count, 1, reason, auth, context, toplevel, object, auth, username, bob",
              "entry-id, 2,",
              "count, 1, reason, command, context, toplevel, object, ping",
              "entry-id, 1,",
              "count, 3, reason, key, context, toplevel, object, b",
              "entry-id, 0,");
      assertThat((List<?>) does("ACL LOG 1")).hasSize(1);
      assertThat(does("ACL LOG RESET")).isEqualTo("OK");
      assertThat(does("ACL LOG")).isEqualTo(List.of());
    }

    @Test
    void has_the_age_of_the_last_of_equal_refusals() throws IOException {
      long now = System.currentTimeMillis();
      long days = Duration.ofDays(10).toMillis();
      AccessLog log = RespPeer.server(kv).access().log();
      for (long millis : List.of(now - days, now - days + 1000)) {
        log.add(
            new AccessLog.Entry(
                0, 1, Reason.COMMAND, "toplevel", "get", "bob", millis, millis, "a client"),
            10);
      }
      log.add(
          new AccessLog.Entry(
              0, 1, Reason.KEY, "multi", "k", "bob", now - days, now - 5000, "a client"),
          10);

      assertThat(String.valueOf(does("ACL LOG")))
          .containsSubsequence(
              "entry-id, 1, timestamp-created, " + (now - days),
              "timestamp-last-updated, " + (now - 5000),
              "count, 2",
              "entry-id, 0, timestamp-created, " + (now - days),
              "timestamp-last-updated, " + (now - days + 1000));
      var last = (List<?>) ((List<?>) does("ACL LOG 1")).getFirst();
      Object age = last.get(last.indexOf("age-seconds") + 1);
      assertThat(Double.parseDouble(String.valueOf(age))).isBetween(5.0, days / 1000.0 - 1);
    }

    @Test
    void can_be_tried_without_doing_it() throws IOException {
      try (RespPeer bob = user("+hget ~a*")) {
        assertThat(does("ACL DRYRUN bob HGET a b")).isEqualTo("OK");
        assertThat(does("ACL DRYRUN bob HGET b b"))
            .isEqualTo("User bob has no permissions to access the 'b' key");
        assertThat(does("ACL DRYRUN bob HSET a b c"))
            .isEqualTo("User bob has no permissions to run the 'hset' command");
        assertThat(does("ACL DRYRUN nobody PING"))
            .isEqualTo(new Failure("ERR User 'nobody' not found"));
      }
    }
  }

  @Nested
  class A_file_of_users {
    @Test
    void is_read_at_the_start_and_again_and_written() throws IOException {
      Path file =
          Files.writeString(
              folder.resolve("users"),
              "# who may come\nuser bob on >pw ~* +@all\n\nuser eve off\n");
      reopen(ClientRules.open().aclFile(file));
      assertThat(does("AUTH bob pw")).isEqualTo("OK");
      assertThat(does("ACL USERS")).isEqualTo(List.of("bob", "default", "eve"));
      assertThat(does("ACL SETUSER amy on >x")).isEqualTo("OK");
      assertThat(does("ACL SAVE")).isEqualTo("OK");
      assertThat(Files.readString(file))
          .contains("user amy on sanitize-payload #")
          .doesNotContain(">pw", ">x");
      var _ = Files.writeString(file, "user bob on >pw ~* +@all\n");
      assertThat(does("ACL LOAD")).isEqualTo("OK");
      assertThat(does("ACL USERS")).isEqualTo(List.of("bob", "default"));
      var _ = Files.writeString(file, "user bob on +nosuch\n");
      assertThat(String.valueOf(does("ACL LOAD")))
          .contains(file + ":1", "Unknown command or category");
      assertThat(does("ACL WHOAMI")).isEqualTo("bob");
    }

    @Test
    void that_is_wrong_is_named_and_nothing_starts() throws IOException {
      Path file = Files.writeString(folder.resolve("users"), "\nuser bob on\nusr\n");
      var config = KvConfig.inMemory().with(Resp.on(0).clients(ClientRules.open().aclFile(file)));
      assertThatThrownBy(() -> Kv.open(config))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file + ":3");
    }

    @Test
    void that_was_not_named_cannot_be_used() throws IOException {
      assertThat(String.valueOf(does("ACL SAVE"))).contains("not configured to use an ACL file");
      assertThat(String.valueOf(does("ACL LOAD"))).contains("not configured to use an ACL file");
    }
  }

  @Nested
  class An_address_that_other_machines_can_reach {
    private Resp exposed() throws IOException {
      return Resp.on(0).bind(InetAddress.getByName("0.0.0.0"));
    }

    @Test
    void needs_a_password_or_a_file_of_users() throws IOException {
      assertThatThrownBy(() -> Kv.open(KvConfig.inMemory().with(exposed())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--password-file");
    }

    @Test
    void is_served_with_one_that_cannot_be_taken_away() throws IOException {
      try (Kv open =
              Kv.open(
                  KvConfig.inMemory().with(exposed().clients(ClientRules.open().password("pw"))));
          RespPeer peer = RespPeer.of(open)) {
        assertThat(peer.ask("AUTH", "pw")).isEqualTo("OK");
        assertThat(peer.ask("CONFIG", "SET", "requirepass", ""))
            .asString()
            .contains("a server that other machines can reach must keep its password");
      }
    }
  }
}
