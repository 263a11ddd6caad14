package dev.ostler.kv.server.resp;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.access.Account;
import dev.ostler.kv.server.access.AclFile;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.access.Secrets;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.net.Wire;
import dev.ostler.kv.server.tls.TlsKeys;
import dev.ostler.kv.server.tls.TlsWire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What all RESP clients of a store share. It outlives the processes that serve them. Any thread may
 * use it.
 */
public final class RespServer {
  private final Keyspace keyspace;
  private final Duration drainTime;
  private final CommandTable commands;
  private final Settings settings;
  private final Scripts scripts;
  private final @Nullable TlsKeys tls; // null: no TLS
  private final @Nullable NodeRole role; // null: the store is on one node
  private final Access access;
  private final MemoryCeiling memory;
  private final ClientMemory clientMemory = ClientMemory.ofHeap();
  private final Stats stats;
  private final SlowLog slowLog = new SlowLog();
  private final AclFile aclFile;
  private final long begun = System.nanoTime();
  private final String runId = Secrets.hash(UUID.randomUUID().toString()).substring(0, 40);
  private final KeyspaceEvents events = new KeyspaceEvents(new PubSub());
  private final Monitors monitors = new Monitors();
  private final ConcurrentMap<Long, RespClient> clients = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final Tracking tracking;

  /**
   * Serves clients of this store.
   *
   * @throws IllegalArgumentException if the file of users cannot be read, or is invalid
   */
  public RespServer(Store store, CommandTable commands, RespOptions options) {
    this.keyspace = store.keyspace();
    this.commands = commands;
    this.stats = new Stats(commands.size(), events.expired(), events.expiredFields());
    this.tls = options.tls();
    this.drainTime = options.drainTime();
    this.role = options.role();
    this.settings =
        new Settings(
            store.environment().mostText(), role == null ? Settings.MOST_BULK : Cluster.MOST_BYTES);
    this.tracking =
        new Tracking(store.environment().changedNames(), clients, settings::trackedKeys);
    this.scripts = new Scripts(settings);
    this.access = new Access(commands, settings::allChannels, settings::accessLogLength);
    this.memory = new MemoryCeiling(settings, store.environment().memory(), Environment.mostHeap());
    ClientSettings rules = options.clients();
    this.aclFile = new AclFile(rules.aclFile().orElse(null));
    settings.maxClients(options.maxClients());
    settings.mostClients(options.mostClients());
    settings.add(password(!options.address().getAddress().isLoopbackAddress()));
    settings.add(eventClasses());
    settings.add(
        new Setting(
            "maxmemory-clients",
            "0",
            Setting::sizeOrPercent,
            to -> clientMemory.limit(Setting.bytesOf(to))));
    String elsewhere = "Unable to listen on this %s: it is chosen when the server starts";
    String port = Integer.toString(options.address().getPort());
    String bind = options.address().getAddress().getHostAddress();
    settings.add(Setting.constant("port", port, elsewhere.formatted("port")));
    settings.add(Setting.constant("bind", bind, elsewhere.formatted("address")));
    settings.set("maxmemory", Long.toString(rules.maxMemoryBytes()));
    settings.set(
        "proto-max-bulk-len", Long.toString(Math.min(rules.maxBulkBytes(), settings.mostBulk())));
    settings.set("timeout", Long.toString(rules.idleTime().toSeconds()));
    rules.aclFile().ifPresent(file -> access.replace(AclFile.read(file, commands)));
    rules
        .passwordHash()
        .ifPresent(hash -> access.change(Access.DEFAULT, List.of("resetpass", "#" + hash)));
    store.environment().events().add(events);
    store.add(new RespFigures(this));
  }

  /** The setting that selects the published keyspace events. */
  private Setting eventClasses() {
    return new Setting(
            "notify-keyspace-events",
            events.classes().toString(),
            RespServer::expectClasses,
            letters -> events.classes(classes(letters)))
        // as Redis shows them: without the letters it leaves out
        .shownAs(letters -> classes(letters).toString());
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

  /** The setting of the default user's password. Only its hash is stored, and it is not shown. */
  private Setting password(boolean exposed) {
    return Setting.secret(
        "requirepass",
        password -> {
          if (password.isEmpty() && exposed) {
            throw new IllegalArgumentException(
                "a server that other machines can reach must keep its password");
          }
          access.defaultPassword(password);
        });
  }

  /** A command has read a bucket that does not exist. */
  void missed(String bucket) {
    events.tell(bucket, 'm', "keymiss");
  }

  /** What the server is for a store on several nodes; null for any other store. */
  public @Nullable NodeRole role() {
    return role;
  }

  public CommandTable commands() {
    return commands;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public Settings settings() {
    return settings;
  }

  public Scripts scripts() {
    return scripts;
  }

  public Access access() {
    return access;
  }

  public MemoryCeiling memory() {
    return memory;
  }

  /** The memory of clients, and its limits. */
  ClientMemory clientMemory() {
    return clientMemory;
  }

  public Stats stats() {
    return stats;
  }

  /** How long the server has been running. */
  Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** A random id of this run of the server. */
  String runId() {
    return runId;
  }

  public AclFile aclFile() {
    return aclFile;
  }

  /**
   * Ends all clients of a user that was removed. The client that removed it still gets its reply.
   */
  public void endClientsOf(String user, Client asker) {
    for (RespClient client : clients.values()) {
      if (client.info().user().equals(user)) {
        if (client == asker.client()) {
          asker.closeAfterReply();
        } else {
          client.end("the user " + user + " was deleted");
        }
      }
    }
  }

  /**
   * Reads the file of users again, and ends the clients of users that are not in it.
   *
   * @throws CommandError if there is no such file, or it cannot be read
   */
  public void loadUsers() {
    access.replace(aclFile.load(commands));
    endForbiddenSubscriptions();
    for (RespClient client : clients.values()) {
      if (access.find(client.info().user()).isEmpty()) {
        client.end("its user was deleted");
      }
    }
  }

  /** Ends all clients with subscriptions that their users are not allowed any more. */
  public void endForbiddenSubscriptions() {
    pubSub()
        .forEach(
            (subscription, kind) -> {
              RespClient client = subscription.client();
              Account account = access.find(client.info().user()).orElse(null);
              if (account == null
                  || !account
                      .rights()
                      .allowsChannel(subscription.name(), kind == PubSub.Kind.PATTERN)) {
                client.end("its user may not subscribe to " + subscription.name() + " any more");
              }
            });
    clients.values().forEach(this::endForbiddenWatches);
  }

  private void endForbiddenWatches(RespClient client) {
    Account account = access.find(client.info().user()).orElse(null);
    for (String bucket : client.info().watched()) {
      if (account == null || !account.rights().allows(bucket, KeyUse.READS)) {
        client.end("its user may not read " + Bytes.text(bucket) + " any more");
      }
    }
  }

  public SlowLog slowLog() {
    return slowLog;
  }

  public PubSub pubSub() {
    return events.pubSub();
  }

  /** The caches of clients. */
  Tracking tracking() {
    return tracking;
  }

  /** The clients that see all commands. */
  Monitors monitors() {
    return monitors;
  }

  /** The publisher of keyspace events. */
  public KeyspaceEvents events() {
    return events;
  }

  Duration drainTime() {
    return drainTime;
  }

  /** All clients, by number. */
  public ConcurrentMap<Long, RespClient> clients() {
    return clients;
  }

  /** Creates the object for a client that has just connected; it has no process yet. */
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

  /** How long a client may take for the handshake. */
  Duration handshakeTime() {
    return tls == null ? Duration.ZERO : tls.handshakeTime();
  }

  Session session(RespClient client) {
    return new Session(keyspace, this, client);
  }
}
