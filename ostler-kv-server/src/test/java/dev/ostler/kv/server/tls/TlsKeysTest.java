package dev.ostler.kv.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.KvException;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.Certificates.Owner;
import dev.ostler.kv.server.LogLines;
import dev.ostler.kv.server.TestEndpoints;
import dev.ostler.kv.server.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the files for TLS are used, and when they are read. */
class TlsKeysTest {
  @TempDir Path folder;

  @Nested
  class Files_that_cannot_be_used {
    private void assertRefused(TlsFiles files, String... words) {
      assertThatThrownBy(() -> new TlsKeys(TestEndpoints.settings(files)))
          .isInstanceOf(KvException.NoTls.class)
          .hasMessageContaining("cannot offer TLS")
          .hasMessageContainingAll(words);
    }

    @Test
    void are_named_if_they_are_not_there() throws Exception {
      Path certificate = Certificates.writeCertificate(folder, Owner.SERVER);
      assertRefused(TlsFiles.of(certificate, folder.resolve("no.key")), "no.key");
      assertRefused(TlsFiles.of(folder.resolve("no.pem"), certificate), "no.pem");
    }

    @Test
    void are_named_if_they_hold_something_else() throws Exception {
      Path certificate = Certificates.writeCertificate(folder, Owner.SERVER);
      Path key = Certificates.writeKey(folder, Owner.SERVER);
      assertRefused(TlsFiles.of(key, key), "server.key", "expected certificates");
      assertRefused(TlsFiles.of(certificate, certificate), "server.pem", "PKCS#8", "found none");
      Path empty = Files.writeString(folder.resolve("empty"), "");
      assertRefused(TlsFiles.of(empty, key), "empty", "expected certificates");
    }

    @Test
    void are_named_if_the_key_is_that_of_another_certificate() throws Exception {
      Path certificate = Certificates.writeCertificate(folder, Owner.SERVER);
      assertRefused(
          TlsFiles.of(certificate, Certificates.writeKey(folder, Owner.STRANGER)),
          "stranger.key",
          "not that of the certificate");
      assertRefused(
          TlsFiles.of(certificate, Certificates.writeKey(folder, Owner.CLIENT)),
          "client.key",
          "a private key for RSA");
    }

    @Test
    void come_with_advice_if_the_key_is_in_another_form() throws Exception {
      Path certificate = Certificates.writeCertificate(folder, Owner.SERVER);
      Path key = Certificates.writeKey(folder, Owner.SERVER);
      String text = Files.readString(key);
      Files.writeString(key, text.replace("PRIVATE KEY", "RSA PRIVATE KEY"));
      assertRefused(TlsFiles.of(certificate, key), "openssl pkcs8 -topk8 -nocrypt");
    }

    @Test
    void do_not_show_the_key() throws Exception {
      Path certificate = Certificates.writeCertificate(folder, Owner.SERVER);
      Path key = Certificates.writeKey(folder, Owner.SERVER);
      List<String> lines = Files.readAllLines(key);
      Files.write(key, lines.subList(0, lines.size() / 2));
      String half = Files.readString(key);
      Files.writeString(key, half + "-----END PRIVATE KEY-----\n");
      assertThatThrownBy(() -> new TlsKeys(TestEndpoints.settings(TlsFiles.of(certificate, key))))
          .satisfies(
              refusal -> {
                for (Throwable at = refusal; at != null; at = at.getCause()) {
                  assertThat(at.toString()).doesNotContain(lines.subList(1, lines.size() / 2));
                }
              });
    }
  }

  @Test
  void an_expired_certificate_is_used_and_logged() throws Exception {
    TlsFiles files = Certificates.write(folder, Owner.EXPIRED);
    try (var lines = new LogLines()) {
      assertThat(new TlsKeys(TestEndpoints.settings(files)).engine()).isNotNull();
      assertThat(lines.next("TLS: clients will refuse the certificate in " + folder))
          .contains("expired.pem: it is valid from ", " to ");
      assertThat(lines.count("will refuse")).isZero(); // the authority's is valid
    }
  }

  @Nested
  class Changed_files {
    private final AtomicLong now = new AtomicLong();
    private final List<String> logged = new ArrayList<>();

    private Object shown(TlsKeys keys) {
      return keys.engine(); // reads them if it is time
    }

    @Test
    void are_looked_for_once_in_a_while_and_a_mistake_is_logged_once() throws Exception {
      var logger = Logger.getLogger("dev.ostler.kv");
      var listener =
          new Handler() {
            @Override
            public void publish(LogRecord entry) {
              if (entry.getMessage().startsWith("TLS: ")
                  && entry.getMessage().contains(folder.toString())) {
                logged.add(entry.getMessage());
              }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          };
      logger.addHandler(listener);
      try {
        TlsSettings files =
            TestEndpoints.settings(
                Certificates.write(folder, Owner.SERVER).checkEvery(Duration.ofSeconds(1)));
        var keys = new TlsKeys(files, now::get);
        String key = Files.readString(files.key());
        Files.writeString(files.key(), "nonsense");
        assertThat(shown(keys)).isNotNull();
        assertThat(logged).isEmpty();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(shown(keys)).isNotNull();
        assertThat(logged).hasSize(1);
        assertThat(logged.getFirst()).contains("the previous ones stay in use", "server.key");
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(shown(keys)).isNotNull();
        assertThat(logged).hasSize(1);
        Files.writeString(files.key(), key);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(shown(keys)).isNotNull();
        assertThat(logged).hasSize(2);
        assertThat(logged.getLast()).contains("was read again");
      } finally {
        logger.removeHandler(listener);
      }
    }
  }
}
