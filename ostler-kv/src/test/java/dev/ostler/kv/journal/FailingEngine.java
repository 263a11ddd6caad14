package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.FaultyStore.Call;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Opens stores in memory whose first sync fails: for servers in a JVM of their own. Any thread. */
public final class FailingEngine implements BucketStore.Engine {
  /** As a service. */
  public FailingEngine() {}

  @Override
  public BucketStore open(Path directory, boolean repair, Consumer<String> report) {
    return new FaultyStore(new MemoryStore()).fail(Call.SYNC, 1, FaultyStore.EIO);
  }
}
