package dev.ostler.kv.server.resp;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.access.AccessLog;
import dev.ostler.kv.server.access.Account;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of one RESP client in the store, and the way of each of its commands.
 *
 * <p>It belongs to the client's process. There is one exception: during EXEC, {@link
 * #performLocked} and the methods of {@link Client} run in the process of a bucket, for which the
 * client's process waits.
 */
final class Session implements Client {
  /** To lock more buckets than this takes longer than other clients should wait. */
  private static final int FEW_BUCKETS = 100;

  private final Keyspace keyspace;
  private final RespServer server;
  private final RespClient client;
  private final Transaction transaction;
  private final Replies replies = new Replies();
  private final Measure measure;
  private @Nullable Account account; // null: not authenticated
  private final Subscriptions subscriptions;
  private boolean closing;
  private @Nullable LockedBuckets locked; // while EXEC or a script runs
  private boolean inScript;
  // pushed messages that arrive meanwhile: they follow EXEC's reply
  private @Nullable RespWriter aside;
  private final Gate gate; // what the written replies depend on
  private final ClientMemory.Share memory;
  private @Nullable Tracker tracker; // null: it has no cache
  private @Nullable CommandTask task; // of the last command, while there are more

  Session(Keyspace keyspace, RespServer server, RespClient client) {
    this.keyspace = keyspace;
    this.transaction = new Transaction(keyspace.environment().missingWatches());
    this.gate = keyspace.environment().gate();
    this.server = server;
    this.client = client;
    this.memory = server.clientMemory().new Share();
    client.memory(server.clientMemory(), memory);
    this.measure = new Measure(server, client.info());
    this.account = server.access().initialUser();
    this.subscriptions = new Subscriptions(client, server.pubSub(), server.monitors());
  }

  // --- What commands ask it

  @Override
  public Keyspace keyspace() {
    return keyspace;
  }

  @Override
  public RespServer server() {
    return server;
  }

  @Override
  public ClientInfo info() {
    return client.info();
  }

  @Override
  public RespClient client() {
    return client;
  }

  @Override
  public Transaction transaction() {
    return transaction;
  }

  @Override
  public Replies replies() {
    return replies;
  }

  @Override
  public @Nullable Account account() {
    return account;
  }

  @Override
  public void account(@Nullable Account newAccount) {
    account = newAccount;
    client.info().user(newAccount == null ? Access.DEFAULT : newAccount.name());
  }

  @Override
  public String context() {
    if (inScript) {
      return "lua";
    }
    return locked != null || transaction.isOpen() ? "multi" : "toplevel";
  }

  @Override
  public String line() {
    return ClientLine.of(client);
  }

  @Override
  public void denied(AccessLog.Reason reason) {
    server.stats().denied(reason);
  }

  @Override
  public void reset() {
    end();
    replies.reset();
    account(server.access().initialUser());
    ClientInfo info = client.info();
    info.protocol(2);
    info.name("");
    info.unevicted(false);
    info.untouching(false);
  }

  /**
   * Sets the parser's limits: an unauthenticated client may send at most 10 arguments of 16 KiB.
   */
  void limit(RespParser parser) {
    parser.limit(account != null, server.settings().maxBulk());
  }

  /** Records that bytes were received, and how many are not parsed yet. */
  void heard(int bytes, int unread) {
    server.stats().read(bytes);
    client.info().active(System.currentTimeMillis());
    client.info().unread(unread);
  }

  /** The first of the commands that were read starts now. */
  void begin() {
    measure.begin();
  }

  /** The last of the commands that were read is done. */
  void pause() {
    task = null;
    measure.count();
  }

  @Override
  public Subscriptions subscriptions() {
    return subscriptions;
  }

  @Override
  public @Nullable Tracker tracker() {
    return tracker;
  }

  @Override
  public void track(Tracker.Options options, List<String> prefixes) {
    RespClient target = null;
    if (options.redirect() != 0) {
      target = server.tracking().client(options.redirect());
      if (target == null) {
        throw new CommandError("ERR The client ID you want redirect to does not exist");
      }
    }
    Tracker known = tracker;
    if (known == null) {
      known = new Tracker(client, server.tracking(), options);
      server.tracking().add(known);
      client.info().tracker(known);
      tracker = known;
    }
    known.set(options, target, prefixes);
  }

  @Override
  public void untrack() {
    Tracker known = tracker;
    if (known != null) {
      server.tracking().remove(known);
      client.info().tracker(null);
      tracker = null;
    }
  }

  /** The client's cache may have what this command reads. */
  private void noteRead(CommandSpec spec, Args args) {
    if (tracker != null) {
      tracker.reads(spec, args);
    }
  }

  /** Does this, which may change buckets; the client itself is told of that unless it said no. */
  private void change(Runnable changing) {
    Tracker known = tracker;
    if (known != null && known.options().noLoop()) {
      Tracking.asWriter(known, changing);
    } else {
      changing.run();
    }
  }

  @Override
  public void takePushes(RespWriter out) {
    if (locked == null) {
      client.takePushes(out);
      return;
    }
    RespWriter behind = aside; // not between the replies of EXEC
    if (behind == null) {
      behind = new RespWriter(out.protocol());
      aside = behind;
    }
    behind.protocol(out.protocol());
    client.takePushes(behind);
  }

  /** A monitored process has ended. */
  void ended(Down down) {
    subscriptions.ended(down);
  }

  @Override
  public @Nullable LockedBuckets locked() {
    return locked;
  }

  @Override
  public void closeAfterReply() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  /** Drops everything that belongs to the client, because it has gone or was reset. */
  void end() {
    transaction.close();
    subscriptions.clear();
    untrack();
  }

  @Override
  public ClientMemory.Share memory() {
    return memory;
  }

  /**
   * Sets the memory that the client takes.
   *
   * @param waiting the bytes of its incomplete command and its queued replies
   */
  void settle(long waiting) {
    long all = waiting + transaction.bytes() + subscriptions.bytes() + client.info().words();
    all += tracker == null ? 0 : tracker.bytes();
    if (!memory.settle(all)) {
      client.end("clients use more memory than they may, and this one uses " + all + " bytes");
    }
  }

  /** Whether there is memory to run a command of this size. If not, writes an error. */
  boolean affords(int bytes, RespWriter out) {
    if (bytes <= ClientMemory.FREE) {
      return true;
    }
    try {
      memory.take(
          Footprint.array(bytes)); // its arguments are stored in addition to the bytes received
      return true;
    } catch (CommandError e) {
      transaction.refused();
      out.error(e.text());
      return false;
    }
  }

  @Override
  public Gate gate() {
    return gate;
  }

  // --- Commands

  /**
   * Runs a command, and writes its reply.
   *
   * @throws Keyspace.WouldWait if the command must wait, and this thread may not; then nothing was
   *     done or written
   */
  void execute(Args args, RespWriter out) {
    if (args.count() > MANY_ARGUMENTS) {
      out.expectMayWait();
    }
    int mark = out.length();
    CommandSpec spec = admit(args, out);
    if (spec != null) {
      var _ = measure.turnTo(spec);
      execute(spec, args, out, mark);
    }
    if (tracker != null) {
      tracker.done(spec, transaction.isOpen());
    }
    client.info().queued(transaction.isOpen() ? transaction.queued().size() : -1);
    client.info().watching(transaction.watching());
    if (replies.drops(transaction.isOpen() ? null : spec)) {
      out.truncate(mark);
    }
    RespWriter behind = aside;
    if (behind != null) {
      aside = null;
      out.append(behind);
    }
  }

  private void execute(CommandSpec spec, Args args, RespWriter out, int mark) {
    boolean changes = spec.has(Flag.WRITE) || spec.has(Flag.RUNS_QUEUE);
    if (changes && server.tracking().begin()) {
      try {
        perform(spec, args, out, mark);
      } finally {
        server.tracking().end();
      }
    } else {
      perform(spec, args, out, mark);
    }
  }

  private void perform(CommandSpec spec, Args args, RespWriter out, int mark) {
    boolean here = false;
    try {
      if (transaction.isOpen() && !spec.has(Flag.AT_ONCE)) {
        queue(spec, args, out);
        return;
      }
      here = perform(spec, args, out);
    } catch (CommandError e) {
      out.truncate(mark);
      out.error(e.text());
    } catch (KvException | CallException e) {
      out.truncate(mark);
      out.error(CommandError.words(e));
    } catch (VirtualMachineError | LinkageError | AssertionError e) { // no change is half made
      out.truncate(mark);
      out.error(CommandError.undone(e).text());
      FullHeap.log("a command failed", e);
    }
    server.monitors().tell(client.info(), spec, args);
    measure.done(spec, args, out, mark, here && args.isFollowed() && spec.has(Flag.FAST));
  }

  private void queue(CommandSpec spec, Args args, RespWriter out) {
    try {
      memory.take(ClientMemory.ofWords(args));
      client.info().queuedBytes(transaction.queue(spec, args.copy()));
    } catch (CommandError e) {
      transaction.refused(); // and EXEC will be refused
      throw e;
    } catch (OutOfMemoryError e) {
      transaction.refused();
      throw CommandError.noMemory();
    }
    out.simple("QUEUED");
  }

  /** The command, if this client may use it now. Otherwise writes an error, and returns null. */
  private @Nullable CommandSpec admit(Args args, RespWriter out) {
    CommandSpec spec = null;
    int mark = out.length();
    try {
      spec = server.commands().require(args);
      if (!spec.takes(args.count())) {
        throw new CommandError(
            "ERR wrong number of arguments for '" + spec.fullName() + "' command");
      }
      server.access().check(this, spec, args);
      if (spec.has(Flag.DENYOOM) || (spec.has(Flag.RUNS_QUEUE) && transaction.has(Flag.DENYOOM))) {
        server.memory().check(args);
      } else if (spec.has(Flag.WRITE)) {
        server.memory().note(); // the command may free what is the most so far
      }
      if (transaction.isOpen() && spec.has(Flag.NO_MULTI)) {
        throw new CommandError("ERR Command not allowed inside a transaction");
      }
      if (client.info().protocol() == 2 && !subscriptions.isEmpty()) {
        Subscriptions.expectAllowed(spec);
      }
      if (subscriptions.areOfMonitor() && (spec.has(Flag.WRITE) || spec.has(Flag.READONLY))) {
        throw new CommandError("ERR Replica can't interact with the keyspace");
      }
      client.info().admitted(spec.fullName());
      return spec;
    } catch (CommandError e) {
      closing |= e.isLast();
      out.error(refusal(spec, e));
      measure.refused(spec, out, mark);
      return null;
    }
  }

  /** The text of a refusal. It breaks an open transaction, which ends now or at EXEC. */
  private String refusal(@Nullable CommandSpec spec, CommandError why) {
    if (spec != null && spec.has(Flag.RUNS_QUEUE)) {
      transaction.close();
      String words = why.text();
      return "EXECABORT Transaction discarded because of: "
          + (words.startsWith("ERR ") ? words.substring(4) : words);
    }
    transaction.refused();
    return why.text();
  }

  /** Runs a command now; true if that was on this thread and in the process of one bucket. */
  private boolean perform(CommandSpec spec, Args args, RespWriter out) {
    noteRead(spec, args);
    if (spec.has(Flag.SLOW)) {
      out.expectMayWait();
    }
    if (spec.has(Flag.WRITE)) {
      keyspace.admitChange(out.mayWait());
    }
    return dispatch(spec, args, null, out);
  }

  /**
   * Runs a command according to the kind of its body.
   *
   * @param buckets all buckets that its keys name, if they are locked already; otherwise null
   * @return whether it ran on this thread and in the process of one bucket
   */
  private boolean dispatch(
      CommandSpec spec, Args args, @Nullable LockedBuckets buckets, RespWriter out) {
    switch (spec.body()) {
      case CommandSpec.OfBucket body -> {
        if (buckets == null) {
          return onOne(spec, body, args, out);
        }
        body.run(buckets.get(args.get(spec.firstKey())), args, out);
      }
      case CommandSpec.OfBuckets body -> {
        if (buckets == null) {
          onAll(spec, body, args, out);
        } else {
          body.run(buckets, args, out);
        }
      }
      case CommandSpec.OfEach body -> {
        if (buckets == null) {
          return onEach(spec, body, args, out);
        }
        out.number(body.onAll(spec.keysOf(args), buckets));
      }
      case CommandSpec.OfClient body -> {
        if (buckets != null && !inScript) { // a script may yet be undone
          buckets.tellNow(); // the events of earlier commands come before those of this one
          buckets.publish(); // it may look at every bucket
        }
        body.run(this, args, out);
        if (buckets == null && spec.tellsOfBuckets()) {
          gate.need(keyspace.position());
        }
      }
      case CommandSpec.OfScript body -> {
        CommandSpec.Work work = body.prepare(this, args);
        if (buckets == null) {
          runScript(spec, work, args, out);
        } else {
          work.run(buckets, out);
        }
      }
    }
    return false;
  }

  /**
   * The keys of a command that locks all their buckets at once.
   *
   * @throws Keyspace.WouldWait if they are too many for a thread that serves other clients
   */
  private static List<String> notTooMany(List<String> keys, RespWriter out) {
    if (keys.size() > FEW_BUCKETS) {
      out.expectMayWait();
    }
    return keys;
  }

  private boolean onOne(CommandSpec spec, CommandSpec.OfBucket body, Args args, RespWriter out) {
    boolean creates = spec.has(Flag.CREATES);
    CommandTask now = taskOf(spec, ofWriter(body), args, out);
    RespWriter other = keyspace.with(args, spec.firstKey(), creates, now);
    now.checkDone();
    gate.need(now.position()); // a refusal depends on what it saw, too
    note(spec, args, now.found());
    now.checkAccepted();
    boolean here = other == out;
    if (!here) {
      out.append(other); // it ran on another thread
    }
    out.finish(other);
    return here;
  }

  /** The body, told who changes the bucket, if the client must not be told of its own changes. */
  private CommandSpec.OfBucket ofWriter(CommandSpec.OfBucket body) {
    return tracker == null || !tracker.options().noLoop()
        ? body
        : (bucket, args, out) -> change(() -> body.run(bucket, args, out));
  }

  /** The task of a command: the previous one, if nobody else has that. */
  private CommandTask taskOf(
      CommandSpec spec, CommandSpec.OfBucket body, Args args, RespWriter out) {
    CommandTask last = task;
    if (last != null && last.again(body, args, out, spec.has(Flag.WRITE))) {
      return last;
    }
    var made = new CommandTask(body, args, out, spec.has(Flag.WRITE));
    task = made;
    return made;
  }

  private void onAll(CommandSpec spec, CommandSpec.OfBuckets body, Args args, RespWriter out) {
    List<String> keys = notTooMany(spec.keysOf(args), out);
    RespWriter other =
        keyspace.withAll(
            keys,
            spec.createdBy(args),
            out.mayWait(),
            gate,
            buckets -> {
              note(spec, keys, buckets);
              return apart(spec, out, to -> change(() -> body.run(buckets, args, to)));
            });
    out.append(other);
  }

  /** Runs a script; again and with more buckets, if it needs some that its keys do not name. */
  private void runScript(CommandSpec spec, CommandSpec.Work work, Args args, RespWriter out) {
    var keys = new LinkedHashSet<>(spec.keysOf(args));
    while (true) {
      try {
        RespWriter reply =
            keyspace.withAll(
                keys,
                spec.has(Flag.CREATES) ? keys : List.of(),
                out.mayWait(),
                gate,
                buckets -> {
                  RespWriter to = out.another();
                  work.run(buckets, to);
                  return to;
                });
        work.done();
        out.append(reply);
        return;
      } catch (ScriptRun.MoreKeys e) {
        work.add(e.names());
        keys.addAll(e.names());
      }
    }
  }

  private boolean onEach(CommandSpec spec, CommandSpec.OfEach body, Args args, RespWriter out) {
    List<String> keys = spec.keysOf(args);
    if (keys.size() == 1) {
      return onOne(spec, (bucket, words, to) -> to.number(body.on(bucket) ? 1 : 0), args, out);
    }
    int counted =
        keyspace.withAll(
            notTooMany(keys, out),
            List.of(),
            out.mayWait(),
            gate,
            buckets -> {
              note(spec, keys, buckets);
              var count = new int[1];
              change(() -> count[0] = body.onAll(keys, buckets));
              return count[0];
            });
    out.number(counted);
    return false;
  }

  /** Counts whether the bucket that was read existed. */
  private void note(CommandSpec spec, Args args, boolean found) {
    if (isNoted(spec)) {
      measure.looked(found);
      if (!found) {
        server.missed(args.get(spec.firstKey()));
      }
    }
  }

  private void note(CommandSpec spec, List<String> keys, LockedBuckets buckets) {
    if (isNoted(spec)) {
      for (String key : keys) {
        boolean found = buckets.get(key).exists();
        measure.looked(found);
        if (!found) {
          server.missed(key);
        }
      }
    }
  }

  /** Subcommands such as OBJECT ENCODING do not count as reads. */
  private static boolean isNoted(CommandSpec spec) {
    return spec.has(Flag.READONLY) && !spec.isSubcommand();
  }

  /**
   * Writes to another writer: if the caller gives up waiting, the thread that runs the command must
   * not touch the caller's replies.
   */
  private static RespWriter apart(CommandSpec spec, RespWriter out, Consumer<RespWriter> work) {
    RespWriter to = out.another();
    attempt(spec, to, work);
    return to;
  }

  /** Turns a refusal into a reply, and also the failure of a read. */
  private static void attempt(CommandSpec spec, RespWriter out, Consumer<RespWriter> work) {
    int mark = out.length();
    try {
      work.accept(out);
      out.finish(out);
    } catch (CommandError e) {
      out.truncate(mark);
      out.error(e.text());
    } catch (VirtualMachineError | LinkageError | AssertionError e) {
      if (!spec.has(Flag.READONLY)) {
        throw e;
      }
      out.truncate(mark);
      out.error(CommandError.undone(e).text());
      FullHeap.log("a command failed", e);
    }
  }

  @Override
  public void performLocked(CommandSpec spec, Args args, LockedBuckets buckets, RespWriter out) {
    locked = buckets;
    int mark = out.length();
    try {
      attempt(
          spec,
          out,
          to -> {
            server.access().checkAgain(this, spec, args);
            noteRead(spec, args);
            if (!hasOwnKeys(spec)) {
              dispatch(spec, args, buckets, to);
            } else {
              note(spec, spec.keysOf(args), buckets);
              change(() -> dispatch(spec, args, buckets, to));
            }
          });
    } finally {
      locked = null;
    }
    server.monitors().tell(client.info(), spec, args);
    measure.done(spec, args, out, mark, false);
  }

  @Override
  public void performInScript(CommandSpec spec, Args args, LockedBuckets buckets, RespWriter out) {
    LockedBuckets before = locked;
    locked = buckets;
    inScript = true;
    CommandSpec script = measure.turnTo(spec);
    int mark = out.length();
    try {
      attempt(
          spec,
          out,
          to -> {
            noteRead(spec, args);
            if (hasOwnKeys(spec)) {
              note(spec, spec.keysOf(args), buckets);
            }
            change(() -> dispatch(spec, args, buckets, to));
          });
    } finally {
      locked = before;
      inScript = false;
    }
    server.monitors().tell(client.info(), spec, args);
    measure.done(spec, args, out, mark, false);
    if (script != null) {
      var _ = measure.turnTo(script);
    }
  }

  private static boolean hasOwnKeys(CommandSpec spec) {
    return !(spec.body() instanceof CommandSpec.OfClient)
        && !(spec.body() instanceof CommandSpec.OfScript);
  }
}
