package dev.ostler.kv.server.resp;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Held;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.access.AccessLog;
import dev.ostler.kv.server.access.Account;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the store knows of one RESP client, and what becomes of each of its commands.
 *
 * <p>Belongs to the client's process, which alone uses it, but for what says otherwise.
 */
final class Session implements Client {
  /** To hold more buckets than so many takes longer than other clients should wait. */
  private static final int FEW = 100;

  private final Keyspace keyspace;
  private final RespServer server;
  private final RespClient client;
  private final Transaction transaction;
  private final Replies replies = new Replies();
  private final Measure measure;
  private @Nullable Account account; // null: not authenticated
  private final Subscriptions subscriptions;
  private boolean closing;
  private @Nullable Held held; // while EXEC works
  private @Nullable RespWriter aside; // what came meanwhile: it follows the reply of EXEC
  private final Gate gate; // of the replies that were written
  private final ClientMemory.Share memory;

  Session(Keyspace keyspace, RespServer server, RespClient client) {
    this.keyspace = keyspace;
    this.transaction = new Transaction(keyspace.environment().absences());
    this.gate = keyspace.environment().gate();
    this.server = server;
    this.client = client;
    this.memory = server.clientMemory().new Share();
    client.memory(server.clientMemory(), memory);
    this.measure = new Measure(server, client.info());
    this.account = server.access().stranger();
    this.subscriptions = new Subscriptions(client, server.pubSub());
  }

  // --- What commands ask it
  // -----------------------------------------------------------------------

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
  public boolean isInTransaction() {
    return held != null || transaction.isOpen();
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
    account(server.access().stranger());
    ClientInfo info = client.info();
    info.protocol(2);
    info.name("");
    info.unevicted(false);
    info.untouching(false);
  }

  /** Whom nobody knows may say little. */
  void limit(RespParser parser) {
    parser.limit(account != null, server.settings().maxBulk());
  }

  /** So many bytes of it came in, and so many are not parsed yet. */
  void heard(int bytes, int unread) {
    server.stats().read(bytes);
    client.info().active(System.currentTimeMillis());
    client.info().unread(unread);
  }

  /** The first of the commands that were read begins now. */
  void begin() {
    measure.begin();
  }

  /** The last of them is done, for now. */
  void pause() {
    measure.count();
  }

  @Override
  public Subscriptions subscriptions() {
    return subscriptions;
  }

  @Override
  public void takePushes(RespWriter out) {
    if (held == null) {
      client.takePushes(out);
      return;
    }
    RespWriter behind = aside; // not amid the replies of EXEC
    if (behind == null) {
      behind = new RespWriter(out.protocol());
      aside = behind;
    }
    behind.protocol(out.protocol());
    client.takePushes(behind);
  }

  /** A process that it has monitored has ended. */
  void ended(Down down) {
    subscriptions.ended(down);
  }

  @Override
  public @Nullable Held held() {
    return held;
  }

  @Override
  public void closeAfterReply() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  /** The client is gone: nothing of it may be left. */
  void end() {
    transaction.close();
    subscriptions.clear();
  }

  @Override
  public ClientMemory.Share memory() {
    return memory;
  }

  /** Its half command and its replies take so many bytes of memory now. */
  void settle(long waiting) {
    long all = waiting + transaction.bytes() + subscriptions.bytes() + client.info().words();
    if (!memory.settle(all)) {
      client.end("clients take more memory than they may, " + all + " bytes of it this one");
    }
  }

  /** Whether there is memory to do a command of so many bytes; if not, the client is told. */
  boolean affords(int bytes, RespWriter out) {
    if (bytes <= ClientMemory.FREE) {
      return true;
    }
    try {
      memory.take(bytes); // its words are kept besides the bytes they came in
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
  // -----------------------------------------------------------------------------------

  /**
   * Does what a command says, and writes the reply.
   *
   * @param waiting whether this thread may wait
   * @throws Keyspace.WouldWait if it may not, and has to: nothing was done, and nothing written
   */
  void execute(Args args, RespWriter out, boolean waiting) {
    if (args.count() > MANY && !waiting) {
      throw new Keyspace.WouldWait(); // not here: others would wait for it
    }
    out.mayWait(waiting);
    int mark = out.length();
    CommandSpec spec = admit(args, out);
    if (spec != null) {
      measure.turnTo(spec);
      execute(spec, args, out, mark);
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
    } catch (VirtualMachineError e) { // of what is changed, nothing is left half done
      out.truncate(mark);
      out.error(CommandError.noMemory().text());
    }
    measure.done(spec, args, out, mark, here && args.isFollowed() && spec.has(Flag.FAST));
  }

  private void queue(CommandSpec spec, Args args, RespWriter out) {
    try {
      memory.take(ClientMemory.ofWords(args));
      client.info().queuedBytes(transaction.queue(spec, args.copy()));
    } catch (CommandError e) {
      transaction.refused(); // and nothing is kept of it until EXEC says so
      throw e;
    } catch (OutOfMemoryError e) {
      transaction.refused();
      throw CommandError.noMemory();
    }
    out.simple("QUEUED");
  }

  /** The command, if this client may use it now; else null, and the client is told. */
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
      }
      if (transaction.isOpen() && spec.has(Flag.NO_MULTI)) {
        throw new CommandError("ERR Command not allowed inside a transaction");
      }
      if (client.info().protocol() == 2 && !subscriptions.isEmpty()) {
        Subscriptions.expectAllowed(spec);
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

  /** What is said of it. It is the end of an open transaction, now or at EXEC. */
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

  /** Does it now; whether that was on this thread, in one bucket's process. */
  private boolean perform(CommandSpec spec, Args args, RespWriter out) {
    if (spec.has(Flag.SLOW)) {
      out.expectMayWait();
    }
    if (spec.has(Flag.WRITE)) {
      keyspace.admitChange(out.mayWait());
    }
    return dispatch(spec, args, null, out);
  }

  /**
   * Does it, each kind of body in its way.
   *
   * @param buckets all that its keys name, if they are held already; null if not
   * @return whether it was done on this thread, in one bucket's process
   */
  private boolean dispatch(CommandSpec spec, Args args, @Nullable Held buckets, RespWriter out) {
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
        if (buckets != null) {
          buckets.tellNow(); // who hears of what it does has heard of that before
          buckets.show(); // it may look at all there are
        }
        body.run(this, args, out);
        if (buckets == null && spec.tellsOfBuckets()) {
          gate.need(keyspace.position());
        }
      }
    }
    return false;
  }

  /**
   * The keys of a command that holds all their buckets at once.
   *
   * @throws Keyspace.WouldWait if they are too many for a thread that serves other clients
   */
  private static List<String> notTooMany(List<String> keys, RespWriter out) {
    if (keys.size() > FEW) {
      out.expectMayWait();
    }
    return keys;
  }

  private boolean onOne(CommandSpec spec, CommandSpec.OfBucket body, Args args, RespWriter out) {
    boolean creates = spec.has(Flag.CREATES);
    var job = new CommandJob(body, args, out, spec.has(Flag.WRITE));
    RespWriter other = keyspace.with(args, spec.firstKey(), creates, out.mayWait(), job);
    job.checkDone();
    gate.need(job.position());
    note(spec, args, job.found());
    boolean here = other == out;
    if (!here) {
      out.append(other); // it was not on this thread
    }
    out.finish(other);
    return here;
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
              return apart(spec, out, to -> body.run(buckets, args, to));
            });
    out.append(other);
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
            held -> {
              note(spec, keys, held);
              return body.onAll(keys, held);
            });
    out.number(counted);
    return false;
  }

  /** Whether the bucket was there that was to be read. */
  private void note(CommandSpec spec, Args args, boolean found) {
    if (isNoted(spec)) {
      measure.looked(found);
      if (!found) {
        server.missed(args.get(spec.firstKey()));
      }
    }
  }

  private void note(CommandSpec spec, List<String> keys, Held buckets) {
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

  /** Subcommands, as OBJECT ENCODING, look at a bucket without anybody noticing. */
  private static boolean isNoted(CommandSpec spec) {
    return spec.has(Flag.READONLY) && !spec.isSubcommand();
  }

  /** Written apart: on whatever thread it runs, a caller that gave up sees nothing of it. */
  private static RespWriter apart(CommandSpec spec, RespWriter out, Consumer<RespWriter> work) {
    RespWriter to = out.another();
    attempt(spec, to, work);
    return to;
  }

  /** What is refused is a reply, and harms nobody; nor does a read that finds no memory. */
  private static void attempt(CommandSpec spec, RespWriter out, Consumer<RespWriter> work) {
    int mark = out.length();
    try {
      work.accept(out);
      out.finish(out);
    } catch (CommandError e) {
      out.truncate(mark);
      out.error(e.text());
    } catch (VirtualMachineError e) {
      if (!spec.has(Flag.READONLY)) {
        throw e;
      }
      out.truncate(mark);
      out.error(CommandError.noMemory().text());
    }
  }

  @Override
  public void performHeld(CommandSpec spec, Args args, Held buckets, RespWriter out) {
    held = buckets;
    int mark = out.length();
    out.mayWait(true); // whoever holds buckets does all of it
    try {
      attempt(
          spec,
          out,
          to -> {
            server.access().checkAgain(this, spec, args);
            if (!(spec.body() instanceof CommandSpec.OfClient)) {
              note(spec, spec.keysOf(args), buckets);
            }
            dispatch(spec, args, buckets, to);
          });
    } finally {
      held = null;
    }
    measure.done(spec, args, out, mark, false);
  }
}
