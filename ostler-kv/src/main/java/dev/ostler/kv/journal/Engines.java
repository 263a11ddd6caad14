package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds the storage engine, and opens stores with it. Any thread may use it. */
public final class Engines {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private Engines() {}

  /**
   * Opens the store in a directory.
   *
   * @param engine null for the one on the module path or class path
   * @param repair whether damaged parts may be left out; they are logged
   * @throws KvException.NotReadable if the store cannot be opened
   * @throws IllegalStateException if there is no engine
   */
  public static BucketStore open(Path at, BucketStore.@Nullable Engine engine, boolean repair) {
    BucketStore.Engine found = engine == null ? find() : engine;
    try {
      return found.open(at, repair, report -> LOG.log(Level.WARNING, report));
    } catch (IOException e) {
      throw new KvException.NotReadable("the store in " + at + " cannot be opened", e);
    }
  }

  private static BucketStore.Engine find() {
    return ServiceLoader.load(BucketStore.Engine.class, Engines.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "there is no engine that stores buckets in a directory: add the module"
                        + " ostler-kv-rocksdb, or use a store in memory"));
  }
}
