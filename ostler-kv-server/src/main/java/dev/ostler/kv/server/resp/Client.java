package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.server.access.Subject;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command can see of the client that sent it, and do to it. Used by the thread that runs the
 * command: mostly the client's process, but during EXEC the process of a bucket, for which the
 * client's process waits.
 */
public interface Client extends Subject {
  /** A command with more arguments than this does not run on a thread that serves other clients. */
  int MANY_ARGUMENTS = 1000;

  /** The buckets of the store. */
  Keyspace keyspace();

  /** What all clients share. */
  RespServer server();

  /** The client's data for CLIENT LIST. */
  ClientInfo info();

  /** The client as other threads see it. */
  RespClient client();

  /** The commands queued since MULTI, and the buckets watched for EXEC. */
  Transaction transaction();

  /** Which replies the client wants. */
  Replies replies();

  /** The channels, patterns and buckets it is subscribed to. */
  Subscriptions subscriptions();

  /** What it wants to be told for its cache; null if it has none. */
  @Nullable Tracker tracker();

  /**
   * Starts to tell it what its cache must forget, or changes the options.
   *
   * @param prefixes further ones, of keys that it is told of whoever has read them
   * @throws CommandError if there is no client to tell instead
   */
  void track(Tracker.Options options, List<String> prefixes);

  /** Ends that. */
  void untrack();

  /** Its share of the memory for clients. */
  ClientMemory.Share memory();

  /** The position in the journal that its replies must wait for. */
  Gate gate();

  /** The buckets that EXEC has locked; null outside of EXEC. */
  @Nullable LockedBuckets locked();

  /** Resets the client to the state of a new connection; it keeps its number. */
  void reset();

  /** Appends the pushed messages that wait: the client must receive earlier messages first. */
  void takePushes(RespWriter out);

  /** Closes the connection after this command's reply. */
  void closeAfterReply();

  /**
   * Runs a queued command while all its buckets are locked. A refusal is written as its reply.
   *
   * @param buckets all buckets that its keys name; missing ones are empty
   */
  void performLocked(CommandSpec spec, Args args, LockedBuckets buckets, RespWriter out);

  /** Runs a command of a script, which has locked these buckets. */
  void performInScript(CommandSpec spec, Args args, LockedBuckets buckets, RespWriter out);
}
