package dev.ostler.kv;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What all RESP clients of a store share. Outlives the processes that serve them; any thread may
 * use it.
 */
final class RespServer {
  private final Keyspace keyspace;
  private final Duration drainTime;
  private final Settings settings;
  private final @Nullable TlsKeys tls; // null: clients come as they are
  private final Access access;
  private final MemoryCeiling memory;
  private final ClientMemory clientMemory = ClientMemory.ofHeap();
  private final Stats stats;
  private final SlowLog slowLog = new SlowLog();
  private final AclFile aclFile;
  private final long begun = System.nanoTime();
  private final String runId = Secrets.hash(UUID.randomUUID().toString()).substring(0, 40);
  private final KeyspaceEvents events;
  private final ConcurrentMap<Long, RespClient> clients = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();

  /**
   * For clients of a store that is run like this.
   *
   * @throws IllegalArgumentException if the file of users cannot be read, or is none
   */
  RespServer(Keyspace keyspace, KeyspaceEvents events, KvConfig config, @Nullable TlsKeys tls) {
    this.events = events;
    this.stats = new Stats(CommandTable.ALL.all().size(), events.expired(), events.expiredFields());
    this.tls = tls;
    this.keyspace = keyspace;
    this.drainTime = config.drainTime();
    this.settings = new Settings(keyspace.environment().mostText());
    this.access = new Access(settings);
    this.aclFile = new AclFile(config.clients().aclFile().orElse(null));
    int mostClients = Descriptors.clients(config);
    settings.maxClients(Math.min(mostClients, config.maxConnections()));
    settings.mostClients(mostClients);
    settings.add(password(config.isExposed()));
    settings.add(eventClasses());
    settings.add(
        new Setting(
            "maxmemory-clients",
            "0",
            Setting::sizeOrPercent,
            to -> clientMemory.limit(Setting.bytesOf(to))));
    String elsewhere = "Unable to listen on this %s: it is chosen when the server starts";
    String port = Integer.toString(config.respPort().orElse(0));
    String bind = config.bind().getHostAddress();
    settings.add(Setting.constant("port", port, elsewhere.formatted("port")));
    settings.add(Setting.constant("bind", bind, elsewhere.formatted("address")));
    config.clients().addTo(settings);
    config.clients().addTo(access);
    this.memory =
        new MemoryCeiling(settings, keyspace.environment().memory(), MemoryCeiling.ofHeap());
  }

  /** Which of what happens to buckets is told. */
  private Setting eventClasses() {
    return new Setting(
            "notify-keyspace-events",
            events.classes().toString(),
            RespServer::expectClasses,
            letters -> events.classes(classes(letters)))
        .shownAs(letters -> classes(letters).toString()); // as Redis shows them: not all there is
  }

  private static String expectClasses(String letters) {
    var _ = classes(letters);
    return letters;
  }

  private static EventClasses classes(String letters) {
    EventClasses classes = EventClasses.parse(letters);
    if (classes == null) {
      throw new IllegalArgumentException("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    return classes;
  }

  /** The password of the default user, which is kept as its hash only, and not shown. */
  private Setting password(boolean exposed) {
    return Setting.secret(
        "requirepass",
        password -> {
          if (password.isEmpty() && exposed) {
            throw new IllegalArgumentException("a server that others can reach keeps its password");
          }
          access.defaultPassword(password);
        });
  }

  /** A bucket was to be read that is not there. */
  void missed(String bucket) {
    events.tell(bucket, 'm', "keymiss");
  }

  CommandTable commands() {
    return CommandTable.ALL;
  }

  Keyspace keyspace() {
    return keyspace;
  }

  Settings settings() {
    return settings;
  }

  Access access() {
    return access;
  }

  MemoryCeiling memory() {
    return memory;
  }

  /** How much clients take, and may. */
  ClientMemory clientMemory() {
    return clientMemory;
  }

  Stats stats() {
    return stats;
  }

  /** Since when it is there. */
  Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** What no other run of a server is called. */
  String runId() {
    return runId;
  }

  AclFile aclFile() {
    return aclFile;
  }

  /** Ends all clients of a user that is no more; who asked for that still gets the reply. */
  void endClientsOf(String user, Session asker) {
    for (RespClient client : clients.values()) {
      if (client.info().user().equals(user)) {
        if (client == asker.client()) {
          asker.closeAfterReply();
        } else {
          client.end("the user " + user + " is no more");
        }
      }
    }
  }

  /** Ends all clients that listen to what their users may not listen to any more. */
  void endUnlawfulListeners() {
    pubSub()
        .forEach(
            (subscription, isPattern) -> {
              RespClient client = subscription.client();
              Account account = access.find(client.info().user()).orElse(null);
              if (account == null
                  || !account.rights().allowsChannel(subscription.name(), isPattern)) {
                client.end("its user may not listen to " + subscription.name() + " any more");
              }
            });
    clients.values().forEach(this::endUnlawfulWatcher);
  }

  private void endUnlawfulWatcher(RespClient client) {
    Account account = access.find(client.info().user()).orElse(null);
    for (String bucket : client.info().watched()) {
      if (account == null || !account.rights().allows(bucket, KeyUse.READS)) {
        client.end("its user may not read " + Bytes.text(bucket) + " any more");
      }
    }
  }

  SlowLog slowLog() {
    return slowLog;
  }

  PubSub pubSub() {
    return events.pubSub();
  }

  /** Who tells what happens to buckets, and which of it. */
  KeyspaceEvents events() {
    return events;
  }

  Duration drainTime() {
    return drainTime;
  }

  /** The clients there are, by number. */
  ConcurrentMap<Long, RespClient> clients() {
    return clients;
  }

  /** The way to a client that just came; it has no process yet. */
  RespClient client(SocketChannel socket, RespLoop loop) throws IOException {
    String address = text(socket.getRemoteAddress());
    var info = new ClientInfo(ids.incrementAndGet(), address, text(socket.getLocalAddress()));
    stats.accepted();
    var client = new RespClient(info, wire(socket), loop);
    client.backlog(settings.backlog());
    return client;
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : String.valueOf(address);
  }

  private Wire wire(SocketChannel socket) {
    return tls == null ? Wire.plain(socket) : new TlsWire(socket, tls.engine());
  }

  /** How long a client may take until it can be talked to. */
  Duration handshakeTime() {
    return tls == null ? Duration.ZERO : tls.files().handshakeTime();
  }

  Session session(RespClient client) {
    return new Session(keyspace, this, client);
  }
}
