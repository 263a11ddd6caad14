package dev.ostler.kv.journal;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.KvException;

/**
 * The process that owns a durable store's archive. It closes the archive when the store ends, after
 * all processes that change buckets, and ends the store when the disk cannot be relied on.
 *
 * <p>It is significant: the store ends if this process ends by itself. If it is killed, the next
 * one takes over the archive as it is.
 */
public final class StoreKeeper
    implements GenServer<Archive, Call<StoreKeeper, ?>, StoreKeeper.Failed> {
  private final Archive archive;

  public StoreKeeper(Archive archive) {
    this.archive = archive;
  }

  /** Changes that were reported as durable may be lost. The store must not reply any more. */
  public record Failed(KvException why) implements Cast<StoreKeeper> {}

  @Override
  public Init<Archive> init() {
    if (archive.isClosed()) { // nothing can be read or appended: the store must end
      return Init.stop(ExitReason.shutdown("the store is closed"));
    }
    Self.trapExits(true);
    return Init.ok(archive);
  }

  @Override
  public Next<Archive> handleCast(Failed failed, Archive state) {
    // Not a crash: a restart would not help.
    return Next.stop(ExitReason.shutdown(String.valueOf(failed.why.getMessage())), state);
  }

  @Override
  public Next<? extends Archive> handleInfo(Object message, Archive state) throws Exception {
    return message instanceof Exit(var _, ExitReason reason)
        ? Next.stop(reason, state)
        : GenServer.super.handleInfo(message, state);
  }

  @Override
  public void terminate(ExitReason reason, Archive state) {
    state.close();
  }
}
