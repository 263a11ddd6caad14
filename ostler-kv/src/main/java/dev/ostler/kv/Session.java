package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.kv.CommandSpec.Flag;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the store knows of one RESP client, and what becomes of each of its commands.
 *
 * <p>Belongs to the client's process, which alone uses it, but for what says otherwise.
 */
final class Session {
  private final Keyspace keyspace;
  private final RespServer server;
  private final RespClient client;
  private final Transaction transaction = new Transaction();
  private boolean closing;
  private boolean mayWait;
  private @Nullable Held held; // while EXEC works

  Session(Keyspace keyspace, RespServer server, RespClient client) {
    this.keyspace = keyspace;
    this.server = server;
    this.client = client;
  }

  // --- What commands ask it
  // -----------------------------------------------------------------------

  Keyspace keyspace() {
    return keyspace;
  }

  RespServer server() {
    return server;
  }

  ClientInfo info() {
    return client.info();
  }

  /** The way to it for others. */
  RespClient client() {
    return client;
  }

  Transaction transaction() {
    return transaction;
  }

  /** The buckets that are held now, by EXEC; null outside of it. */
  @Nullable Held held() {
    return held;
  }

  /** Whether this thread may wait for others. */
  boolean mayWait() {
    return mayWait;
  }

  /** The connection is to be closed once this command's reply is written. */
  void closeAfterReply() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  /** The client is gone: nothing of it may be left. */
  void end() {
    transaction.close();
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
    mayWait = waiting;
    int mark = out.length();
    try {
      CommandSpec spec = admit(args);
      if (transaction.isOpen() && !spec.has(Flag.NO_MULTI) && !Transaction.ends(spec)) {
        transaction.queue(spec, args.copy());
        out.simple("QUEUED");
      } else {
        perform(spec, args, out);
      }
    } catch (CommandError e) {
      out.truncate(mark);
      transaction.refused(e);
      out.error(e.text());
    } catch (KvException | CallException e) {
      out.truncate(mark);
      out.error(words(e));
    }
  }

  /** The command, if this client may use it now. */
  private CommandSpec admit(Args args) {
    CommandSpec spec = server.commands().find(args.get(0));
    if (spec == null) {
      throw unknown(args);
    }
    String name = spec.name();
    if (!spec.subcommands().isEmpty() && args.count() > 1) {
      CommandSpec sub = spec.subcommands().get(Bytes.lower(args.get(1)));
      if (sub == null) {
        String shown = args.get(1).substring(0, Math.min(128, args.length(1)));
        throw new CommandError(
            "ERR unknown subcommand '%s'. Try %s HELP."
                .formatted(shown, name.toUpperCase(Locale.ROOT)));
      }
      spec = sub;
      name = name + "|" + sub.name();
    }
    if (!spec.takes(args.count())) {
      throw new CommandError("ERR wrong number of arguments for '" + name + "' command");
    }
    server.access().check(this, spec, name, args);
    if (spec.has(Flag.DENYOOM)) {
      server.memory().check();
    }
    client.info().admitted(name);
    return spec;
  }

  private static CommandError unknown(Args args) {
    var text = new StringBuilder("ERR unknown command '");
    text.append(args.get(0), 0, Math.min(128, args.length(0)))
        .append("', with args beginning with: ");
    for (int i = 1; i < args.count() && text.length() < 128 + 100; i++) {
      text.append('\'').append(args.get(i), 0, Math.min(128, args.length(i))).append("' ");
    }
    return new CommandError(text.toString());
  }

  /** Does it now. */
  private void perform(CommandSpec spec, Args args, RespWriter out) {
    if (spec.has(Flag.SLOW) && !mayWait) {
      throw new Keyspace.WouldWait();
    }
    switch (spec.body()) {
      case CommandSpec.OfBucket body -> {
        String key = args.get(spec.firstKey());
        boolean creates = spec.has(Flag.CREATES);
        RespWriter other = keyspace.with(key, creates, mayWait, new Job(body, args, out));
        if (other != out) {
          out.append(other); // it was not on this thread
        }
      }
      case CommandSpec.OfBuckets body -> {
        List<String> keys = spec.keysOf(args);
        List<String> created = spec.has(Flag.CREATES) ? keys : List.of();
        RespWriter other =
            keyspace.withAll(
                keys, created, mayWait, buckets -> apart(out, to -> body.run(buckets, args, to)));
        out.append(other);
      }
      case CommandSpec.OfClient body -> body.run(this, args, out);
    }
  }

  /** Written apart: on whatever thread it runs, a caller that gave up sees nothing of it. */
  private static RespWriter apart(RespWriter out, Consumer<RespWriter> work) {
    var to = new RespWriter(out.protocol());
    attempt(to, work);
    return to;
  }

  /** What is refused is a reply, and harms nobody. */
  private static void attempt(RespWriter out, Consumer<RespWriter> work) {
    int mark = out.length();
    try {
      work.accept(out);
    } catch (CommandError e) {
      out.truncate(mark);
      out.error(e.text());
    }
  }

  /** One command on one bucket. Written to the client's own replies if it is on this thread. */
  private static final class Job extends Keyspace.Job<RespWriter> {
    private final CommandSpec.OfBucket body;
    private final Args args;
    private final RespWriter out;
    private final Thread caller = Thread.currentThread();

    Job(CommandSpec.OfBucket body, Args args, RespWriter out) {
      this.body = body;
      this.args = args;
      this.out = out;
    }

    @Override
    RespWriter doOn(Entries entries) {
      RespWriter to = Thread.currentThread() == caller ? out : new RespWriter(out.protocol());
      int mark = to.length();
      try {
        body.run(entries, args, to);
      } catch (CommandError e) {
        to.truncate(mark);
        to.error(e.text());
      }
      return to;
    }
  }

  /**
   * Does a command that was queued, with buckets that are held. A refusal is its reply.
   *
   * @param buckets all that its keys name, as far as they are there
   */
  void performHeld(CommandSpec spec, Args args, Held buckets, RespWriter out) {
    held = buckets;
    try {
      attempt(
          out,
          to -> {
            switch (spec.body()) {
              case CommandSpec.OfBucket body ->
                  body.run(buckets.get(args.get(spec.firstKey())), args, to);
              case CommandSpec.OfBuckets body -> body.run(buckets, args, to);
              case CommandSpec.OfClient body -> body.run(this, args, to);
            }
          });
    } finally {
      held = null;
    }
    buckets.show();
  }

  /** What clients are told of what the store refuses. */
  private static String words(RuntimeException refusal) {
    return switch (refusal) {
      case KvException.BucketGone _ ->
          "ERR the bucket ended before it answered: whether the command was done is not known";
      case KvException _ -> "ERR " + Bytes.of(String.valueOf(refusal.getMessage()));
      case CallException.Timeout _ -> "ERR no answer in time: the command may yet be done";
      default -> "ERR the store does not answer: " + Bytes.of(String.valueOf(refusal.getMessage()));
    };
  }
}
