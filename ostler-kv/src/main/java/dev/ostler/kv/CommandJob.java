package dev.ostler.kv;

import org.jspecify.annotations.Nullable;

/**
 * One client's command on one bucket. Made by the client's process; done by the bucket's, mostly on
 * the same thread, and then written to the client's own replies.
 */
final class CommandJob extends Keyspace.Job<RespWriter> {
  private final CommandSpec.OfBucket body;
  private final Args args;
  private final RespWriter out;
  private boolean found;
  private Keyspace.@Nullable WouldWait waits;

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
    RespWriter to = isOnOwner() ? out : out.another();
    int mark = to.length();
    long before = entries.seq();
    try {
      body.run(entries, args, to);
    } catch (CommandError e) {
      refuse(to, mark, e);
    } catch (Keyspace.WouldWait e) { // no failure of the bucket
      waits = e;
    } catch (VirtualMachineError e) {
      if (entries.seq() != before) {
        throw e;
      }
      refuse(to, mark, CommandError.noMemory()); // which cost nobody anything
    }
    return to;
  }

  private static void refuse(RespWriter to, int mark, CommandError why) {
    to.truncate(mark);
    to.error(why.text());
  }

  /**
   * Nothing, if it was done.
   *
   * @throws Keyspace.WouldWait if it has to be done on another thread
   */
  void checkDone() {
    if (waits != null) {
      throw waits;
    }
  }
}
