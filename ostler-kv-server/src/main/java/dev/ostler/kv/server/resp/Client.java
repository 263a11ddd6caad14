package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Held;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.server.access.Subject;
import dev.ostler.kv.server.args.Args;
import org.jspecify.annotations.Nullable;

/**
 * The client that sent a command, as far as commands need it. Used by the thread that does the
 * command, which is mostly the client's process; during EXEC it is the process of a bucket, for
 * which the client's waits.
 */
public interface Client extends Subject {
  /** A command with more arguments is not done on a thread that serves other clients. */
  int MANY = 1000;

  /** The store's buckets. */
  Keyspace keyspace();

  /** What all clients share. */
  RespServer server();

  /** What CLIENT LIST shows of it. */
  ClientInfo info();

  /** The way to it for others. */
  RespClient client();

  /** What it has queued since MULTI, and watches. */
  Transaction transaction();

  /** Which replies it wants. */
  Replies replies();

  /** What it listens to. */
  Subscriptions subscriptions();

  /** What it takes of the memory there is for clients. */
  ClientMemory.Share memory();

  /** What its replies have to wait for. */
  Gate gate();

  /** The buckets that are held now, by EXEC; null outside of it. */
  @Nullable Held held();

  /** Makes it what it was when it connected, except for its number. */
  void reset();

  /** Appends what others have for it: what they published before is heard before. */
  void takePushes(RespWriter out);

  /** The connection is to be closed once this command's reply is written. */
  void closeAfterReply();

  /**
   * Does a command that was queued, with buckets that are held. A refusal is its reply.
   *
   * @param buckets all that its keys name, as far as they are there
   */
  void performHeld(CommandSpec spec, Args args, Held buckets, RespWriter out);
}
