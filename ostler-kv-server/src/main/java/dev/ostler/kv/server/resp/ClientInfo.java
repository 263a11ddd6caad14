package dev.ostler.kv.server.resp;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What CLIENT LIST shows of a client. Written by the client's process. Any thread may read it; it
 * may see slightly old values.
 */
public final class ClientInfo {
  private final long id;
  private final String address;
  private final String localAddress;
  private final long since = System.currentTimeMillis();
  private volatile String name = "";
  private volatile String user = "default";
  private String lastCommand = "NULL"; // readers may see an old value
  private long lastActive = since; // readers may see an old value
  private volatile int protocol = 2;
  private volatile String libraryName = "";
  private volatile String libraryVersion = "";
  private volatile boolean unevicted;
  private volatile boolean untouching;
  private volatile boolean monitoring;
  private volatile @Nullable Tracker tracker; // null: it has no cache
  private volatile int channels;
  private volatile int patterns;
  private volatile int sharded;
  private volatile Set<String> watched = Set.of(); // names of buckets
  private int queued = -1; // readers may see an old value
  private int queuedBytes; // readers may see an old value
  private int watching; // readers may see an old value
  private int unread; // readers may see an old value
  private int unwritten; // readers may see an old value

  ClientInfo(long id, String address, String localAddress) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
  }

  public long id() {
    return id;
  }

  public String address() {
    return address;
  }

  String localAddress() {
    return localAddress;
  }

  /** When it connected, in milliseconds since 1970. */
  long since() {
    return since;
  }

  public String name() {
    return name;
  }

  public void name(String newName) {
    name = newName;
  }

  public String user() {
    return user;
  }

  public void user(String newUser) {
    user = newUser;
  }

  public int protocol() {
    return protocol;
  }

  public void protocol(int version) {
    protocol = version;
  }

  String lastCommand() {
    return lastCommand;
  }

  /** When it last sent something, in milliseconds since 1970. */
  long lastActive() {
    return lastActive;
  }

  void active(long now) {
    lastActive = now;
  }

  void admitted(String command) {
    lastCommand = command;
  }

  /** The name and version that its library gave; empty if none. */
  public String libraryName() {
    return libraryName;
  }

  public void libraryName(String newName) {
    libraryName = newName;
  }

  public String libraryVersion() {
    return libraryVersion;
  }

  public void libraryVersion(String newVersion) {
    libraryVersion = newVersion;
  }

  /** Whether it asked for CLIENT NO-EVICT. No client is evicted. */
  boolean isUnevicted() {
    return unevicted;
  }

  public void unevicted(boolean asked) {
    unevicted = asked;
  }

  /** Whether it asked for CLIENT NO-TOUCH. The use of keys is not recorded. */
  boolean isUntouching() {
    return untouching;
  }

  public void untouching(boolean asked) {
    untouching = asked;
  }

  /** What it wants to be told for its cache; null if it has none. */
  @Nullable Tracker tracker() {
    return tracker;
  }

  void tracker(@Nullable Tracker now) {
    tracker = now;
  }

  /** Whether it sees the commands of all clients. */
  boolean isMonitoring() {
    return monitoring;
  }

  void monitoring(boolean sees) {
    monitoring = sees;
  }

  int channels() {
    return channels;
  }

  int patterns() {
    return patterns;
  }

  int sharded() {
    return sharded;
  }

  /** The buckets it is subscribed to by KV.WATCH. */
  Set<String> watched() {
    return watched;
  }

  /** Sets how many channels and patterns, and which buckets, it is subscribed to. */
  void listensTo(int newChannels, int newPatterns, int newSharded, Set<String> newWatched) {
    channels = newChannels;
    patterns = newPatterns;
    sharded = newSharded;
    watched = newWatched;
  }

  /** Whether it may be silent for as long as it likes. */
  boolean isListening() {
    return monitoring || isSubscriber();
  }

  boolean isSubscriber() {
    return channels + patterns + sharded > 0 || !watched.isEmpty();
  }

  /** How many commands it has queued since MULTI; -1 outside of a transaction. */
  int queued() {
    return queued;
  }

  void queued(int commands) {
    queued = commands;
  }

  /** How many buckets it watches for its next EXEC. */
  int watching() {
    return watching;
  }

  void watching(int buckets) {
    watching = buckets;
  }

  /** The size of the arguments of its queued commands, in bytes. */
  int queuedBytes() {
    return queued < 0 ? 0 : queuedBytes;
  }

  void queuedBytes(int bytes) {
    queuedBytes = bytes;
  }

  /** How many bytes of its input waited to be parsed when the current command began. */
  int unread() {
    return unread;
  }

  void unread(int bytes) {
    unread = bytes;
  }

  /** How many bytes of replies wait until the client reads them. */
  int unwritten() {
    return unwritten;
  }

  /** Sets how many bytes wait to be parsed, and to be written, after a turn. */
  void waits(int newUnread, int newUnwritten) {
    unread = newUnread;
    unwritten = newUnwritten;
  }

  /** The size of the texts that the client has set, in bytes. */
  long words() {
    return (long) name.length() + libraryName.length() + libraryVersion.length();
  }

  /** The memory it takes, in bytes, without its pushed messages. */
  long bytes() {
    return (long) unread + unwritten + queuedBytes();
  }
}
