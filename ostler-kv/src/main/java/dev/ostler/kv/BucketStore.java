package dev.ostler.kv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Where buckets are kept, so that they outlive the processes they are in: an engine's side.
 *
 * <p>All names, keys and values are byte strings: strings whose every char is one byte, 0 to 255.
 * Moments are milliseconds since 1970, 0 for none.
 *
 * <p>{@link #append}, {@link #sync}, {@link #reserve}, {@link #checkpoint} and {@link #close} are
 * called by one platform thread at a time; the others by any number of platform threads at the same
 * time, and at the same time as those. They never see half a group.
 */
public interface BucketStore extends AutoCloseable {
  /** What a bucket is. */
  enum Kind {
    /** Not there. */
    NONE,
    /** A map, Redis's hash. */
    HASH,
    /** One value, Redis's string. */
    TEXT
  }

  /**
   * What is known of a bucket without what is in it. Immutable.
   *
   * @param kept whether it stays without keys
   * @param deadline when all of it goes; 0 for not by itself
   * @param wake when something of it goes next, a key or all; 0 for never
   */
  record Head(Kind kind, boolean kept, long deadline, long wake) {
    /** Of a bucket that is not there: nothing of it is left. */
    public static final Head NONE = new Head(Kind.NONE, false, 0, 0);

    public boolean is(Kind kind, boolean kept, long deadline, long wake) {
      return this.kind == kind
          && this.kept == kept
          && this.deadline == deadline
          && this.wake == wake;
    }

    /** Whether there is such a bucket. */
    public boolean exists() {
      return kind != Kind.NONE;
    }
  }

  /**
   * One change of one bucket, which {@code bucket} holds from now on, and what a store that does
   * not hold buckets as logs wants to know besides. Immutable.
   *
   * @param bucket its name
   * @param seq how many changes the bucket has seen, with this one
   * @param change what changes
   * @param value the value of the key of a {@link Change.KeyDeadline}; empty for all other changes
   * @param before the bucket before the change
   * @param after the bucket after it: the same object if the head has not changed
   */
  record Write(String bucket, long seq, Change change, String value, Head before, Head after) {}

  /**
   * A bucket as it was kept.
   *
   * @param seq of its last change
   * @param changes those that make it of nothing, in order
   */
  record Stored(long seq, List<Change> changes) {}

  /** How a store is opened. */
  interface Engine {
    /**
     * Opens the store in a directory, which is made if it is not there.
     *
     * @param repair whether what is damaged may be left out, after it was reported; without it a
     *     damaged store is not opened
     * @param report is told, in sentences, of what was cut or left out
     * @throws Damaged if it cannot be read as it is
     * @throws IOException if it cannot be opened: another process has it, say; the message says who
     *     and why
     */
    BucketStore open(Path directory, boolean repair, Consumer<String> report) throws IOException;
  }

  /** What is in the directory is not what was written: the message names the file and the place. */
  final class Damaged extends IOException {
    private static final long serialVersionUID = 1;

    /** In this file, at this offset in bytes; negative if that is not known. */
    public Damaged(Path file, long offset, String what) {
      super(file + (offset < 0 ? "" : ", byte " + offset) + ": " + what);
    }
  }

  /** The disk is full: nothing was done, and it may be done once there is room. */
  final class Full extends IOException {
    private static final long serialVersionUID = 1;

    /** With this message. */
    public Full(String message) {
      super(message);
    }
  }

  /**
   * Adds these changes, in their order and all at once: after a crash there are all of them or
   * none, and never one without those that were appended before it.
   *
   * @throws Full if the disk is full: nothing was appended, and they may be appended later
   * @throws IOException if they cannot be kept; nothing is appended after that
   * @throws OutOfMemoryError if there is no memory for them: nothing was appended, and they may be
   *     appended later
   */
  void append(List<Write> group) throws IOException;

  /**
   * Returns once all that was appended is on the disk, to outlive a loss of power.
   *
   * @throws IOException if that is not sure; nothing is appended after that
   */
  void sync() throws IOException;

  /**
   * Remembers a number, and returns once it is on the disk. Later ones are larger.
   *
   * @throws Full if the disk is full; it may be tried again
   * @throws IOException if that is not sure; nothing is appended after that
   */
  void reserve(long number) throws IOException;

  /** The number that was last reserved, by whoever had the store open; 0 if there is none. */
  long reserved() throws IOException;

  /**
   * How many bytes may be appended before the disk is full; what is there besides is needed for
   * what was appended already. Takes no time; any thread.
   *
   * @return 0 or less if nothing more should be appended until there is room again
   */
  long room() throws IOException;

  /**
   * How many bytes beyond {@link #room} are held back for changes that were made before they could
   * be refused. Takes no time; any thread.
   */
  default long margin() throws IOException {
    return 0;
  }

  /** The bucket of this name as it is now; none if there is none. */
  Optional<Stored> load(String bucket) throws IOException;

  /** The head of the bucket of this name; {@link Head#NONE} if there is none. */
  Head head(String bucket) throws IOException;

  /**
   * Whether there may be a bucket of this name; if not, there is none. Never waits for the disk.
   *
   * @throws IOException if that cannot be said
   */
  boolean mayHave(String bucket) throws IOException;

  /** How many buckets there are. Takes no time. */
  long size();

  /**
   * Shows some buckets and their heads. Who begins with 0 and goes on with what the last call gave,
   * until that is 0, is shown every one that is there all the while, exactly once.
   *
   * @param cursor 0 to begin, else what the last call gave; any other number begins somewhere
   * @param count about how many to show, at least 1
   * @return where to go on, 0 if that was all; an unsigned number
   */
  long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException;

  /** Names of buckets that have something to let go by this moment, the earliest first. */
  List<String> due(long moment, int most) throws IOException;

  /** When {@link #due} will next have something to tell; 0 for never. */
  long nextDue() throws IOException;

  /**
   * Makes a store of its own in this directory, with what was appended until now.
   *
   * @throws IOException if the directory is there, or cannot be made or written
   */
  void checkpoint(Path directory) throws IOException;

  /** Closes it. All that was appended is kept as if synced, if that can be done. */
  @Override
  void close() throws IOException;
}
