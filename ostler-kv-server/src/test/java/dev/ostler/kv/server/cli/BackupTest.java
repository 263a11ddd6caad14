package dev.ostler.kv.server.cli;

import static dev.ostler.kv.server.cli.Stores.change;
import static dev.ostler.kv.server.cli.Stores.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.rocksdb.BadBlock;
import dev.ostler.kv.rocksdb.RocksEngine;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TlsFiles;
import dev.ostler.kv.server.resp.command.AllCommands;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** KV.BACKUP, and {@code kv backup}, which uses it. */
class BackupTest {
  @TempDir private Path folder;
  private Path store;
  private Path copy;

  @BeforeEach
  void nameThem() {
    store = folder.resolve("store");
    copy = folder.resolve("copy");
  }

  private static Ran backup(Kv kv, Object... arguments) {
    var all = new ArrayList<Object>(List.of("backup", "--port", kv.port("resp")));
    all.addAll(List.of(arguments));
    return Ran.kv(all.toArray());
  }

  @Nested
  class A_backup {
    @Test
    void is_a_store_as_it_was_at_one_moment() {
      try (Kv kv = Stores.open(store)) {
        change(kv, "shopping", put("milk", "1"));
        change(kv, "empty", new Change.Kept());

        Ran ran = backup(kv, copy);

        change(kv, "shopping", put("milk", "2"));
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
            .matches(
                "backup in \\Q" + copy + "\\E: 2 buckets, 1 key, 18 bytes, checksum \\w{16}\n");
      }
      try (Kv kv = Stores.open(copy)) {
        assertThat(kv.lookup("shopping").orElseThrow().get("milk")).contains("1");
        assertThat(kv.lookup("empty")).isPresent();
      }
    }

    @Test
    void can_be_exported_with_the_checksum_it_had() {
      String said;
      try (Kv kv = Stores.open(store)) {
        change(kv, "shopping", put("milk", "1"));
        said = backup(kv, copy).out();
      }

      Ran ran = Ran.kv("export", "--data", copy, folder.resolve("file"));

      String contents = said.substring(said.indexOf(": ") + 2).strip();
      assertThat(ran.err()).startsWith("exported " + contents + " to ");
    }

    @Test
    void is_opened_by_kv_serve() throws Exception {
      try (Kv kv = Stores.open(store)) {
        change(kv, "shopping", put("milk", "1"));
        backup(kv, copy);
      }
      Process server = Ran.start("serve", "--data", copy, "--line-port", "off", "--resp-port", "0");
      try (BufferedReader said = server.inputReader();
          var peer = new RespPeer(port(said))) {
        assertThat(peer.ask("HGET", "shopping", "milk")).isEqualTo("1");
      } finally {
        server.destroyForcibly().waitFor();
      }
    }

    private static int port(BufferedReader said) throws IOException {
      int port = 0;
      String line = said.readLine();
      while (line != null && !line.startsWith("ready")) {
        port = line.startsWith("RESP on ") ? Integer.parseInt(line.replaceAll(".*:", "")) : port;
        line = said.readLine();
      }
      return port;
    }

    @Test
    void has_all_or_nothing_of_each_transaction() throws Exception {
      List<String> names = List.of("left", "right");
      try (Kv kv = Stores.open(store)) {
        names.forEach(name -> change(kv, name, put("amount", "500")));
        change(kv, "heads", new Change.Text("0"));
        change(kv, "tails", new Change.Text("1000"));
        var stop = new AtomicBoolean();
        var begun = new CountDownLatch(2);
        var clients =
            List.of(
                new FutureTask<>(() -> move(kv, names, stop, begun)),
                new FutureTask<>(() -> toss(kv, stop, begun)));
        clients.forEach(client -> Thread.ofVirtual().start(client));
        begun.await();
        for (int i = 0; i < 5; i++) {
          assertThat(backup(kv, copy + "-" + i).err()).isEmpty();
        }
        stop.set(true);
        for (var client : clients) {
          assertThat(client.get()).isPositive();
        }
      }
      for (int i = 0; i < 5; i++) {
        try (Kv kv = Stores.open(Path.of(copy + "-" + i))) {
          int sum = 0;
          for (String name : names) {
            sum += Integer.parseInt(kv.lookup(name).orElseThrow().get("amount").orElseThrow());
          }
          assertThat(sum).isEqualTo(1000);
          assertThat(number(kv, "heads") + number(kv, "tails")).isEqualTo(1000);
        }
      }
    }

    /** Moves amounts between buckets, in transactions, until told to stop. */
    private static int move(Kv kv, List<String> names, AtomicBoolean stop, CountDownLatch begun) {
      int moves = 0;
      while (!stop.get()) {
        int by = moves % 7 - 3;
        Store.of(kv)
            .keyspace()
            .withAll(
                names,
                List.of(),
                true,
                Store.of(kv).gate(),
                held -> {
                  add(held.get("left"), by);
                  add(held.get("right"), -by);
                  return true;
                });
        moves++;
        begun.countDown();
      }
      return moves;
    }

    /** Sets two buckets at once over a socket, to values whose sum is a thousand. */
    private static int toss(Kv kv, AtomicBoolean stop, CountDownLatch begun) throws IOException {
      int tosses = 0;
      try (var peer = RespPeer.of(kv)) {
        while (!stop.get()) {
          String heads = "" + tosses % 1000;
          String tails = "" + (1000 - tosses % 1000);
          peer.send("MULTI").send("SET", "heads", heads).send("SET", "tails", tails).send("EXEC");
          assertThat(peer.replies(4).getLast()).isEqualTo(List.of("OK", "OK"));
          tosses++;
          begun.countDown();
        }
      }
      return tosses;
    }

    private static int number(Kv kv, String bucket) throws IOException {
      try (var peer = RespPeer.of(kv)) {
        return Integer.parseInt(String.valueOf(peer.ask("GET", bucket)));
      }
    }

    private static void add(Entries bucket, int by) {
      int amount = Integer.parseInt(String.valueOf(bucket.get("amount")));
      bucket.apply(put("amount", String.valueOf(amount + by)));
    }
  }

  @Nested
  class The_command {
    @Test
    void is_refused_where_there_is_something_already() throws IOException {
      Files.createDirectory(copy);
      try (Kv kv = Stores.open(store);
          var peer = RespPeer.of(kv)) {
        assertThat(peer.ask("KV.BACKUP", copy.toString()))
            .isEqualTo(
                new RespReader.Failure(
                    "ERR KV.BACKUP expects a directory that does not exist, and found " + copy));
        assertThat(peer.ask("KV.BACKUP", "copy"))
            .isEqualTo(
                new RespReader.Failure(
                    "ERR KV.BACKUP expects an absolute path on the server's machine, and found"
                        + " copy"));
        assertThat(backup(kv, copy).err())
            .isEqualTo("kv: " + copy + " exists already: a backup needs a new directory\n");
      }
    }

    @Test
    void says_what_the_disk_says() throws IOException {
      Path file = Files.writeString(folder.resolve("file"), "");
      try (Kv kv = Stores.open(store)) {
        Ran ran = backup(kv, file.resolve("copy"));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
            .startsWith(
                "kv: the server at 127.0.0.1:" + kv.port("resp") + " refuses: ERR no backup");
        change(kv, "b", put("a", "1")); // the store still works
      }
    }

    @Test
    void names_a_block_of_the_store_that_cannot_be_read() throws IOException {
      try (Kv kv = Stores.open(store)) {
        for (int i = 0; i < 2000; i++) {
          change(kv, "bucket" + i, put("k", "v" + i * 7919L));
        }
      }
      Path table = BadBlock.in(store);
      try (Kv kv = Stores.open(store)) {
        Ran ran = backup(kv, copy);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
            .contains("the backup in " + copy + " cannot be read", "" + table.getFileName());
      }
    }

    @Test
    void is_refused_in_memory() {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)))) {
        Ran ran = backup(kv, copy);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("refuses: ERR there is nothing to back up");
        assertThat(copy).doesNotExist();
      }
    }

    @Test
    void is_not_part_of_a_transaction() throws IOException {
      try (Kv kv = Stores.open(store);
          var peer = RespPeer.of(kv)) {
        assertThat(peer.ask("MULTI")).isEqualTo("OK");
        assertThat(peer.ask("KV.BACKUP", copy.toString()))
            .isEqualTo(new RespReader.Failure("ERR Command not allowed inside a transaction"));
        assertThat(copy).doesNotExist();
      }
    }

    @Test
    void is_for_admins() {
      assertThat(AllCommands.ALL.find("KV.BACKUP").categories())
          .containsExactly("admin", "dangerous", "slow");
    }
  }

  @Nested
  class A_client {
    @Test
    void speaks_TLS_with_a_server_it_trusts() throws Exception {
      TlsFiles files = Certificates.write(folder, Certificates.Owner.SERVER);
      Path authority = Certificates.writeCertificate(folder, Certificates.Owner.AUTHORITY);
      Path mine = Certificates.writeCertificate(folder, Certificates.Owner.CLIENT);
      Path key = Certificates.writeKey(folder, Certificates.Owner.CLIENT);
      files = files.authorities(authority, TlsFiles.Clients.REQUIRED);
      try (Kv kv =
          Kv.open(KvConfig.durable(store, new RocksEngine()).with(Resp.on(0).tls(files)))) {
        kv.create("b");

        Ran stranger = backup(kv, copy, "--tls");
        Ran known = backup(kv, copy, "--tls-ca", authority, "--tls-cert", mine, "--tls-key", key);

        assertThat(stranger.code()).isEqualTo(1);
        assertThat(stranger.err()).startsWith("kv: no backup from 127.0.0.1:");
        assertThat(known.err()).isEmpty();
        assertThat(known.code()).isZero();
      }
    }

    @Test
    void says_who_it_is_and_never_the_password() throws Exception {
      Path password = Files.writeString(folder.resolve("password"), "secrét\nmore\n");
      try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        var heard = new FutureTask<>(() -> refuse(server));
        Thread.ofVirtual().start(heard);

        Ran ran =
            Ran.kv(
                "backup",
                copy,
                "--port",
                server.getLocalPort(),
                "--user",
                "ann",
                "--password-file",
                password);

        assertThat(heard.get()).isEqualTo("*3 $4 AUTH $3 ann $7 secrét");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).endsWith("refuses: WRONGPASS no\n").doesNotContain("secr");
      }
    }

    /** Refuses the first command, and returns its arguments. */
    private static String refuse(ServerSocket server) throws IOException {
      try (Socket client = server.accept()) {
        var in = client.getInputStream();
        byte[] bytes = in.readNBytes("*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$7\r\nsecr.t.\r\n".length());
        client.getOutputStream().write("-WRONGPASS no\r\n".getBytes(StandardCharsets.UTF_8));
        in.readAllBytes();
        return new String(bytes, StandardCharsets.UTF_8).strip().replace("\r\n", " ");
      }
    }

    @Test
    void without_a_server_ends_with_1() throws IOException {
      try (var deaf = new Socket()) { // it has a port, so nobody else has, and does not listen
        deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        int port = deaf.getLocalPort();
        Ran ran = Ran.kv("backup", copy, "--port", port);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith("kv: no backup from 127.0.0.1:" + port + ": Connection");
      }
    }
  }
}
