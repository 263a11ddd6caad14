package dev.ostler.kv.journal;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.StoreKeeper.Question;

/**
 * The process that a durable store's archive belongs to: it closes it when the store ends, after
 * all who change anything, and ends the store when the disk cannot be relied on.
 *
 * <p>It is significant: the store ends with it if it ends of itself. If it is killed, the next one
 * finds the archive as the last one left it.
 */
public final class StoreKeeper implements GenServer<Archive, Question<?>, StoreKeeper.Failed> {
  private final Archive archive;

  public StoreKeeper(Archive archive) {
    this.archive = archive;
  }

  /** What it is asked: nothing. */
  interface Question<R> extends Call<StoreKeeper, R> {}

  /** What was said to be kept may not be: nobody is to be answered from it. */
  public record Failed(KvException why) implements Cast<StoreKeeper> {}

  @Override
  public Init<Archive> init() {
    if (archive.isClosed()) { // nothing could be read or kept: this is the end of the store
      return Init.stop(ExitReason.shutdown("the store is closed"));
    }
    Self.trapExits(true);
    return Init.ok(archive);
  }

  @Override
  public Next<Archive> handleCall(Question<?> question, From<?> from, Archive state) {
    throw new UnsupportedOperationException("nothing is asked of the keeper of the store");
  }

  @Override
  public Next<Archive> handleCast(Failed failed, Archive state) {
    // No crash: the next one could not mend it.
    return Next.stop(ExitReason.shutdown(String.valueOf(failed.why.getMessage())), state);
  }

  @Override
  public Next<Archive> handleInfo(Object message, Archive state) throws Exception {
    return message instanceof Exit(var _, ExitReason reason)
        ? Next.stop(reason, state)
        : GenServer.super.handleInfo(message, state);
  }

  @Override
  public void terminate(ExitReason reason, Archive state) {
    state.close();
  }
}
