package dev.ostler.kv.server.resp;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bucket.Attempt;
import dev.ostler.kv.bucket.BucketTask;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import org.jspecify.annotations.Nullable;

/**
 * One client's command on one bucket. The client's process creates it; the bucket's process runs
 * it, mostly on the same thread. Then it writes straight to the client's replies.
 */
final class CommandTask extends BucketTask<RespWriter> {
  private final CommandSpec.OfBucket body;
  private final Args args;
  private final RespWriter out;
  private final boolean writes;
  private boolean found;
  private Keyspace.@Nullable WouldWait waits;

  CommandTask(CommandSpec.OfBucket body, Args args, RespWriter out, boolean writes) {
    super(out.mayWait());
    this.body = body;
    this.args = args;
    this.out = out;
    this.writes = writes;
  }

  /** Whether the bucket existed. */
  boolean found() {
    return found;
  }

  @Override
  protected RespWriter runOn(Entries entries) {
    found = entries.exists();
    RespWriter to = isOnOwner() ? out : out.another();
    int mark = to.length();
    long before = entries.seq();
    Attempt attempt = writes && hasSteps(entries) ? new Attempt(entries) : null;
    try {
      body.run(entries, args, to);
    } catch (CommandError e) {
      refuse(to, mark, e);
    } catch (Keyspace.WouldWait e) { // the bucket has not failed
      waits = e;
    } catch (VirtualMachineError e) {
      refuse(to, mark, failed(e, entries, entries.seq() != before, attempt));
      return to;
    }
    if (attempt != null) {
      try {
        attempt.done();
      } catch (VirtualMachineError e) {
        refuse(to, mark, CommandError.notKnown()); // the changes are made, but not all are told
      }
    }
    return to;
  }

  /**
   * Whether the command may change an in-memory bucket in several steps, so that a failure must
   * undo the first ones. The most frequent commands, {@code SET k v} and {@code HSET k f v}, make
   * one step, and do not pay for recording it.
   */
  private boolean hasSteps(Entries entries) {
    return !entries.pending().areRecorded()
        && (args.count() > 4 || (args.count() == 4 && entries.kind() != BucketStore.Kind.HASH));
  }

  /** The reply if there was not enough memory. Undoes a change that was half made. */
  private static CommandError failed(
      VirtualMachineError why, Entries entries, boolean changed, @Nullable Attempt attempt) {
    if (entries.pending().isTouched()) {
      throw why; // the bucket's process ends, and the next one loads the stored state
    }
    if (attempt != null) {
      attempt.undo();
    } else if (changed) {
      return CommandError.notKnown(); // the only change was made, and what followed it failed
    }
    return CommandError.noMemory();
  }

  private static void refuse(RespWriter to, int mark, CommandError why) {
    to.truncate(mark);
    to.error(why.text());
  }

  /**
   * Returns if the command was done.
   *
   * @throws Keyspace.WouldWait if it must be done on another thread
   */
  void checkDone() {
    if (waits != null) {
      throw waits;
    }
  }
}
