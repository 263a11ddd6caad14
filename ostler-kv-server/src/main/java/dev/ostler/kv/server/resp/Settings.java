package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The settings that CONFIG SET can change while the store runs. Any thread may use it. */
public final class Settings {
  /** How many bytes may wait for a subscriber, by default. */
  static final long BACKLOG = 32L * 1024 * 1024;

  /** The longest argument of a command, in bytes, whatever the settings say. */
  public static final long MOST_BULK = 512L * 1024 * 1024;

  private static final long UNSIGNED = (1L << 32) - 1;

  private volatile int maxClients = 10_000;
  private volatile int mostClients = Integer.MAX_VALUE; // for which the operating system has files
  private volatile long maxMemory; // 0 for the limit of the heap
  private final AtomicLong maxBulk; // written under this object's lock
  private final long mostBulk;
  private volatile long timeoutSeconds; // 0 for never
  private volatile long slowerThanMicros = 10_000; // negative for never
  private volatile int slowLogLength = 128;
  private volatile int accessLogLength = 128;
  private volatile boolean tracksLatency = true;
  private volatile boolean allChannels; // what new users may use
  private volatile long backlog = BACKLOG;
  private volatile long trackedKeys = 1_000_000; // 0 for any number

  private final Map<String, Setting> all = new TreeMap<>();

  Settings() {
    this(new AtomicLong(MOST_BULK), MOST_BULK);
  }

  /**
   * Uses this object for the longest argument.
   *
   * @param mostBulk the most that the longest argument can be set to
   */
  Settings(AtomicLong maxBulk, long mostBulk) {
    this.maxBulk = maxBulk;
    this.mostBulk = mostBulk;
    add(number("maxclients", 10_000, 1, UNSIGNED, this::takeMaxClients));
    add(
        new Setting(
            "maxmemory",
            "0",
            Setting::unsignedSize,
            to ->
                maxMemory = Long.parseUnsignedLong(to) < 0 ? Long.MAX_VALUE : Long.parseLong(to)));
    add(
        size(
            "proto-max-bulk-len",
            MOST_BULK,
            1 << 20,
            Long.MAX_VALUE,
            to -> maxBulk.set(Math.min(to, mostBulk))));
    add(number("timeout", 0, 0, Integer.MAX_VALUE, to -> timeoutSeconds = to));
    add(number("slowlog-log-slower-than", 10_000, -1, Long.MAX_VALUE, to -> slowerThanMicros = to));
    add(
        number(
            "slowlog-max-len",
            128,
            0,
            Long.MAX_VALUE,
            to -> slowLogLength = (int) Math.min(to, Integer.MAX_VALUE)));
    add(number("acllog-max-len", 128, 0, Integer.MAX_VALUE, to -> accessLogLength = (int) to));
    add(
        new Setting(
            "acl-pubsub-default",
            "resetchannels",
            Setting.oneOf("allchannels", "resetchannels"),
            to -> allChannels = to.equals("allchannels")));
    add(
        new Setting(
            "latency-tracking", "yes", Setting::yesOrNo, to -> tracksLatency = to.equals("yes")));
    add(number("tracking-table-max-keys", 1_000_000, 0, Long.MAX_VALUE, to -> trackedKeys = to));
    var output = new OutputLimits(BACKLOG);
    add(
        new Setting(
            "client-output-buffer-limit",
            output.toString(),
            output::with,
            to -> {
              output.take(to);
              backlog = output.ofSubscribers();
            }));
    InertSettings.addTo(this);
  }

  /** Adds a setting, while the store is created. */
  void add(Setting setting) {
    all.put(setting.name(), setting);
  }

  /** Adds another name for a setting. */
  void alias(String name, String of) {
    all.put(name, get(of));
  }

  private static Setting number(
      String name, long first, long least, long most, java.util.function.LongConsumer effect) {
    return new Setting(
        name,
        Long.toString(first),
        Setting.number(least, most),
        to -> effect.accept(Long.parseLong(to)));
  }

  private static Setting size(
      String name, long first, long least, long most, java.util.function.LongConsumer effect) {
    return new Setting(
        name,
        Long.toString(first),
        Setting.size(least, most),
        to -> effect.accept(Long.parseLong(to)));
  }

  // --- CONFIG

  private Setting get(String name) {
    Setting setting = all.get(name);
    if (setting == null) {
      throw new IllegalArgumentException("there is no setting " + name);
    }
    return setting;
  }

  /** Sets a value, before clients connect. */
  void set(String name, String value) {
    change(List.of(Map.entry(name, value)));
  }

  /** The values of all settings whose names match one of these patterns. */
  public Map<String, String> matching(Collection<String> patterns) {
    var found = new LinkedHashMap<String, String>();
    var told = new HashSet<Setting>();
    for (String pattern : patterns) {
      Setting named = all.get(Bytes.lower(pattern));
      if (named != null) {
        if (told.add(named)) {
          found.put(pattern, named.value());
        }
        continue;
      }
      var glob = Glob.ignoringCase(pattern);
      all.forEach(
          (name, setting) -> {
            if (!setting.isHidden() && glob.matches(name) && told.add(setting)) {
              found.put(name, setting.value());
            }
          });
    }
    return found;
  }

  /**
   * Changes all of these settings, or none.
   *
   * @throws CommandError if one of them cannot be changed, with Redis's text
   */
  public synchronized void change(List<Map.Entry<String, String>> changes) {
    var named = new ArrayList<Setting>();
    for (var change : changes) {
      Setting setting = all.get(Bytes.lower(change.getKey()));
      if (setting == null) {
        throw new CommandError(
            "ERR Unknown option or number of arguments for CONFIG SET - '" + change.getKey() + "'");
      }
      if (setting.isFixed()) {
        throw failed(change.getKey(), "can't set immutable config");
      }
      if (named.contains(setting)) {
        throw failed(change.getKey(), "duplicate parameter");
      }
      named.add(setting);
    }
    var checked = new LinkedHashMap<Setting, String>(); // after all names are found
    for (int i = 0; i < named.size(); i++) {
      var change = changes.get(i);
      checked.put(named.get(i), check(change.getKey(), named.get(i), change.getValue()));
    }
    var done = new ArrayList<Runnable>();
    checked.forEach(
        (setting, value) -> {
          String before = setting.value();
          try {
            setting.take(value);
          } catch (IllegalArgumentException e) {
            done.forEach(Runnable::run);
            throw failed(setting.name(), e.getMessage());
          }
          done.add(() -> setting.take(before));
        });
  }

  private static String check(String name, Setting setting, String value) {
    try {
      return setting.checked(value);
    } catch (IllegalArgumentException e) {
      throw failed(name, e.getMessage());
    }
  }

  private static CommandError failed(String name, @Nullable String why) {
    return new CommandError(
        "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }

  // --- What the store asks

  int maxClients() {
    return maxClients;
  }

  private void takeMaxClients(long most) {
    if (most > mostClients) {
      throw new IllegalArgumentException(
          "The operating system is not able to handle the specified number of clients, try with "
              + mostClients);
    }
    maxClients = (int) Math.min(most, Integer.MAX_VALUE);
  }

  /** Limits the number of clients to what the operating system has files for. */
  void mostClients(int most) {
    mostClients = most;
  }

  void maxClients(int most) {
    set("maxclients", Integer.toString(most));
  }

  long maxMemory() {
    return maxMemory;
  }

  void maxMemory(long bytes) {
    set("maxmemory", Long.toString(bytes));
  }

  /** The most that the longest argument can be set to, in bytes. */
  long mostBulk() {
    return mostBulk;
  }

  /** The longest argument of a command, in bytes. */
  long maxBulk() {
    return maxBulk.get();
  }

  /** After how many seconds a silent client is disconnected; 0 for never. */
  long timeoutSeconds() {
    return timeoutSeconds;
  }

  /** Commands that take this many microseconds are in SLOWLOG; negative for none. */
  long slowerThanMicros() {
    return slowerThanMicros;
  }

  int slowLogLength() {
    return slowLogLength;
  }

  int accessLogLength() {
    return accessLogLength;
  }

  /** Whether the durations of commands are counted. */
  boolean tracksLatency() {
    return tracksLatency;
  }

  /** Whether new users may use all channels. */
  boolean allChannels() {
    return allChannels;
  }

  /** How many keys are tracked for caches of clients; 0 for any number. */
  long trackedKeys() {
    return trackedKeys;
  }

  /** How many bytes may wait for a subscriber. */
  public long backlog() {
    return backlog;
  }
}
