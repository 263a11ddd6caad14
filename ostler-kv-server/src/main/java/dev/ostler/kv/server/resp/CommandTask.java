package dev.ostler.kv.server.resp;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bucket.Attempt;
import dev.ostler.kv.bucket.BucketTask;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import org.jspecify.annotations.Nullable;

/**
 * One client's command on one bucket. The client's process creates it; the bucket's process runs
 * it, mostly on the same thread. Then it writes straight to the client's replies, and may be used
 * {@linkplain #again again}.
 *
 * <p>A refusal is not written there, because to write takes memory: the client's process does that,
 * and the bucket does not fail if there is none.
 */
final class CommandTask extends BucketTask<RespWriter> {
  private final Args args;
  private final RespWriter out;
  private CommandSpec.OfBucket body;
  private boolean writes;
  private boolean found;
  private @Nullable CommandError refusal;
  private Keyspace.@Nullable WouldWait waits;

  CommandTask(CommandSpec.OfBucket body, Args args, RespWriter out, boolean writes) {
    super(out.mayWait());
    this.body = body;
    this.args = args;
    this.out = out;
    this.writes = writes;
  }

  /**
   * Makes it the task of another command; false if it cannot be, because others may have it, or its
   * command was refused.
   */
  boolean again(CommandSpec.OfBucket newBody, Args newArgs, RespWriter to, boolean changes) {
    if (!isOwn() || args != newArgs || out != to || refusal != null || waits != null) {
      return false;
    }
    again();
    body = newBody;
    writes = changes;
    return true;
  }

  /** Whether the bucket existed. */
  boolean found() {
    return found;
  }

  @Override
  protected RespWriter runOn(Entries entries) {
    found = entries.exists();
    RespWriter to = isOnOwner() ? out : out.another();
    long before = entries.seq();
    Attempt attempt = writes && hasSteps(entries) ? new Attempt(entries) : null;
    try {
      body.run(entries, args, to);
    } catch (CommandError e) {
      refusal = e;
    } catch (Keyspace.WouldWait e) { // the bucket has not failed
      waits = e;
    } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
      if (entries.pending().isTouched()) {
        throw e; // the bucket's process ends, and the next one loads the stored state
      }
      refusal = failed(e, entries.seq() != before, attempt);
      FullHeap.log("a command failed", e);
      return to;
    }
    if (attempt != null) {
      try {
        attempt.done();
      } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
        refusal = CommandError.notKnown(e); // the changes are made, but not all are told
        FullHeap.log("a command failed", e);
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

  /** The reply to a command that failed. Undoes a change that was half made. */
  private static CommandError failed(Throwable why, boolean changed, @Nullable Attempt attempt) {
    if (attempt != null) {
      attempt.undo();
    } else if (changed) {
      return CommandError.notKnown(why); // the only change was made, and what followed it failed
    }
    return CommandError.undone(why);
  }

  /**
   * Returns if the command was done or refused.
   *
   * @throws Keyspace.WouldWait if it must be done on another thread
   */
  void checkDone() {
    if (waits != null) {
      throw waits;
    }
  }

  /**
   * Returns if the command was not refused.
   *
   * @throws CommandError if it was, perhaps after a part of a reply was written
   */
  void checkAccepted() {
    if (refusal != null) {
      throw refusal;
    }
  }
}
