package dev.ostler.spring.boot;

import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The store that is a bean, as the properties {@code ostler.kv} describe it. An immutable value.
 *
 * @param enabled whether the store is a bean
 * @param directory where the store keeps its data; it is created if it does not exist
 * @param inMemory whether the store is in memory only
 * @param sync when changes are synced to the disk
 * @param repair whether a damaged store is opened without the parts that cannot be read
 * @param residentSize about how much heap the buckets of a durable store may take; by default two
 *     fifths of the maximum heap
 * @param maxBuckets the most buckets
 * @param maxKeys the most keys in a bucket
 * @param maxKeySize the longest name or key, in UTF-8
 * @param maxValueSize the longest value, in UTF-8
 * @param drainTime how long closing waits for clients to take their last replies
 */
@ConfigurationProperties("ostler.kv")
record KvProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable Path directory,
    @DefaultValue("false") boolean inMemory,
    @DefaultValue("everysec") Sync sync,
    @DefaultValue("false") boolean repair,
    @Nullable DataSize residentSize,
    @DefaultValue("1000000") int maxBuckets,
    @DefaultValue("1000000") int maxKeys,
    @DefaultValue("64KB") DataSize maxKeySize,
    @DefaultValue("1MB") DataSize maxValueSize,
    @DefaultValue("2s") Duration drainTime) {

  /**
   * The configuration, without endpoints.
   *
   * @throws IllegalStateException if neither or both of directory and memory are chosen
   */
  KvConfig config() {
    KvConfig config =
        place()
            .sync(sync)
            .repair(repair)
            .maxBuckets(maxBuckets)
            .maxKeys(maxKeys)
            .maxKeyBytes(bytes(maxKeySize))
            .maxValueBytes(bytes(maxValueSize))
            .drainTime(drainTime);
    return residentSize == null ? config : config.residentBytes(residentSize.toBytes());
  }

  private KvConfig place() {
    if (directory != null && !inMemory) {
      return KvConfig.durable(directory);
    }
    if (directory == null && inMemory) {
      return KvConfig.inMemory();
    }
    throw new IllegalStateException(
        "set either ostler.kv.directory, the directory in which the store keeps its data, or"
            + " ostler.kv.in-memory=true; to have no store as a bean, set ostler.kv.enabled=false");
  }

  private static int bytes(DataSize size) {
    return Math.toIntExact(size.toBytes());
  }
}
