package dev.ostler.kv.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd hears. Perl, which every Debian has, plays systemd. */
@EnabledOnOs(OS.LINUX)
class NotifySocketTest {
  private static final String LISTENER =
      """
      use Socket; $| = 1; my $path = $ARGV[0]; $path =~ s/^@/\\0/;
      socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($path)) or die;
      print "bound\\n"; recv($s, my $said, 100, 0); print "$said\\n";
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_message_reaches_the_socket_of_a_path_or_of_an_abstract_name(boolean isAbstract)
      throws Exception {
    String path = (isAbstract ? "@" : "") + directory.resolve("notify");
    Process systemd = new ProcessBuilder("perl", "-e", LISTENER, path).start();
    try (var heard = systemd.inputReader(UTF_8)) {
      assertThat(heard.readLine()).isEqualTo("bound");
      new NotifySocket(path).tell("READY=1");
      assertThat(heard.readLine()).isEqualTo("READY=1");
      assertThat(systemd.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      systemd.destroyForcibly();
    }
  }

  @Test
  void a_server_tells_that_it_is_ready() throws Exception {
    String path = directory.resolve("notify").toString();
    Process systemd = new ProcessBuilder("perl", "-e", LISTENER, path).start();
    try (var heard = systemd.inputReader(UTF_8)) {
      assertThat(heard.readLine()).isEqualTo("bound");
      Process server =
          Ran.startFor(path, "serve", "--memory", "--line-port", "0", "--resp-port", "off");
      try {
        assertThat(heard.readLine()).isEqualTo("READY=1");
      } finally {
        server.destroyForcibly();
      }
    } finally {
      systemd.destroyForcibly();
    }
  }

  @Test
  void a_socket_that_is_not_there_is_an_error() {
    var missing = new NotifySocket(directory.resolve("missing").toString());
    assertThatThrownBy(() -> missing.tell("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessage("sendto failed, errno 2");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 108})
  void a_path_that_fits_into_no_address_is_an_error(int length) {
    assertThatThrownBy(() -> new NotifySocket("/".repeat(length)).tell("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessage("the path of a socket has 1 to 107 bytes, not " + length);
  }
}
