package dev.ostler.kv.server.resp;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bucket.Attempt;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bucket.Unkept;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import org.jspecify.annotations.Nullable;

/**
 * One client's command on one bucket. Made by the client's process; done by the bucket's, mostly on
 * the same thread, and then written to the client's own replies.
 */
final class CommandJob extends Keyspace.Job<RespWriter> {
  private final CommandSpec.OfBucket body;
  private final Args args;
  private final RespWriter out;
  private final boolean writes;
  private boolean found;
  private Keyspace.@Nullable WouldWait waits;

  CommandJob(CommandSpec.OfBucket body, Args args, RespWriter out, boolean writes) {
    this.body = body;
    this.args = args;
    this.out = out;
    this.writes = writes;
  }

  /** Whether the bucket was there. */
  boolean found() {
    return found;
  }

  @Override
  protected RespWriter doOn(Entries entries) {
    found = entries.exists();
    RespWriter to = isOnOwner() ? out : out.another();
    int mark = to.length();
    long before = entries.seq();
    Attempt attempt = writes && hasSteps(entries) ? new Attempt(entries) : null;
    try {
      body.run(entries, args, to);
    } catch (CommandError e) {
      refuse(to, mark, e);
    } catch (Keyspace.WouldWait e) { // no failure of the bucket
      waits = e;
    } catch (VirtualMachineError e) {
      refuse(to, mark, failed(e, entries, entries.seq() != before, attempt));
      return to;
    }
    if (attempt != null) {
      attempt.done();
    }
    return to;
  }

  /**
   * Whether it may change a bucket in several steps that nobody keeps. {@code SET k v} and {@code
   * HSET k f v}, the most frequent ones, do not, and are spared the notes.
   */
  private boolean hasSteps(Entries entries) {
    return entries.unkept() == null
        && (args.count() > 4 || (args.count() == 4 && entries.kind() != BucketStore.Kind.HASH));
  }

  /** What is answered when there was no memory for it. What may be half done is undone. */
  private static CommandError failed(
      VirtualMachineError why, Entries entries, boolean changed, @Nullable Attempt attempt) {
    Unkept unkept = entries.unkept();
    if (unkept != null && unkept.isTouched()) {
      throw why; // the bucket's process ends, and the next one reads what is kept
    }
    if (attempt != null) {
      attempt.undo();
    } else if (changed && unkept == null) {
      return CommandError.notKnown(); // the one change was made: what followed it failed
    }
    return CommandError.noMemory();
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
