package dev.ostler.kv;

/**
 * One client's command on one bucket. Made by the client's process; done by the bucket's, mostly on
 * the same thread, and then written to the client's own replies.
 */
final class CommandJob extends Keyspace.Job<RespWriter> {
  private final CommandSpec.OfBucket body;
  private final Args args;
  private final RespWriter out;
  private boolean found;

  CommandJob(CommandSpec.OfBucket body, Args args, RespWriter out) {
    this.body = body;
    this.args = args;
    this.out = out;
  }

  /** Whether the bucket was there. */
  boolean found() {
    return found;
  }

  @Override
  RespWriter doOn(Entries entries) {
    found = entries.exists();
    RespWriter to = isOnOwner() ? out : new RespWriter(out.protocol());
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
