package dev.ostler.kv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A storage engine: it stores buckets on disk, so that they outlive their processes.
 *
 * <p>All names, keys and values are byte strings: strings whose every char is one byte, 0 to 255.
 * Moments are milliseconds since 1970; 0 is none.
 *
 * <p>One platform thread at a time calls {@link #append}, {@link #sync}, {@link #reserve}, {@link
 * #checkpoint} and {@link #close}. Any number of platform threads call the other methods, at the
 * same time as each other and as those. A reader never sees half a group of changes.
 */
public interface BucketStore extends AutoCloseable {
  /** The kind of a bucket. */
  enum Kind {
    /** There is no such bucket. */
    NONE,
    /** A map: Redis's hash. */
    HASH,
    /** A single value: Redis's string. */
    TEXT
  }

  /**
   * The properties of a bucket, without its entries. Immutable.
   *
   * @param kept whether the bucket is pinned: it exists even without keys
   * @param deadline when the bucket expires; 0 for never
   * @param wake the next deadline, of the bucket or of a key; 0 for none
   */
  record Head(Kind kind, boolean kept, long deadline, long wake) {
    /** The head of a bucket that does not exist. */
    public static final Head NONE = new Head(Kind.NONE, false, 0, 0);

    /** Whether this head has these properties. */
    public boolean is(Kind kind, boolean kept, long deadline, long wake) {
      return this.kind == kind
          && this.kept == kept
          && this.deadline == deadline
          && this.wake == wake;
    }

    /** Whether the bucket exists. */
    public boolean exists() {
      return kind != Kind.NONE;
    }
  }

  /**
   * One change of one bucket, and what an engine needs to know besides if it does not store buckets
   * as logs. Immutable.
   *
   * @param bucket the bucket's name
   * @param seq the number of the change; the numbers of one bucket increase
   * @param change the change
   * @param value the value of the key of a {@link Change.KeyDeadline}; empty for all other changes
   * @param before the bucket's head before the change
   * @param after the head after the change: the same object if the head has not changed
   */
  record Write(String bucket, long seq, Change change, String value, Head before, Head after) {}

  /**
   * A stored bucket.
   *
   * @param seq the number of its last change
   * @param changes the changes that rebuild it from nothing, in order
   */
  record Stored(long seq, List<Change> changes) {}

  /** Opens stores. */
  interface Engine {
    /**
     * Opens the store in a directory, which is created if it does not exist.
     *
     * @param repair whether damaged parts may be left out, after they were reported; otherwise a
     *     damaged store is not opened
     * @param report is told, in sentences, what was cut or left out
     * @throws Damaged if the store is damaged
     * @throws IOException if it cannot be opened for another reason, which the message says: for
     *     example, another process uses it
     */
    BucketStore open(Path directory, boolean repair, Consumer<String> report) throws IOException;
  }

  /**
   * The right to be the only one that changes a store on several nodes. It may be lost at any
   * moment, without a word: then another node has it, and what this one reads is out of date.
   */
  interface Lease {
    /**
     * Whether nobody else had it until now; false if that is not certain. Takes no time; any
     * thread.
     */
    boolean isCertain();

    /**
     * Finds out. Any thread.
     *
     * @return completed if nobody else had it at the moment of this call; fails if that is not
     *     certain
     */
    CompletableFuture<Void> confirm();
  }

  /** A file does not contain what was written; the message names the file and the place. */
  final class Damaged extends IOException {
    private static final long serialVersionUID = 1;

    /** In this file, at this offset in bytes; a negative offset is unknown. */
    public Damaged(Path file, long offset, String what) {
      super(file + (offset < 0 ? "" : ", byte " + offset) + ": " + what);
    }
  }

  /** The disk is full. Nothing was done; the call may be repeated once there is room. */
  final class Full extends IOException {
    private static final long serialVersionUID = 1;

    /** With this message. */
    public Full(String message) {
      super(message);
    }
  }

  /**
   * Appends these changes, in their order and as one group. After a crash the store has all of them
   * or none, and never one of them without all that were appended before.
   *
   * @throws Full if the disk is full: nothing was appended, and the call may be repeated
   * @throws IOException if they cannot be stored; nothing is appended after that
   * @throws OutOfMemoryError if there is no memory for them: nothing was appended, and the call may
   *     be repeated
   */
  void append(List<Write> group) throws IOException;

  /**
   * As {@link #append(List)}, for changes that come from a log: its index is stored with them, as
   * one.
   *
   * @param group may be empty
   * @param index of the log's entry in which the changes are, positive; larger than {@link
   *     #applied}
   */
  void append(List<Write> group, long index) throws IOException;

  /** The index of the last entry of a log that was appended; 0 if there is none. */
  long applied() throws IOException;

  /**
   * Returns once all that was appended survives a power loss.
   *
   * @throws IOException if that is not certain; nothing is appended after that
   */
  void sync() throws IOException;

  /**
   * Stores a number, and returns once it survives a power loss. Each number is larger than the one
   * before.
   *
   * @throws Full if the disk is full; the call may be repeated
   * @throws IOException if that is not certain; nothing is appended after that
   */
  void reserve(long number) throws IOException;

  /** The last number that was ever reserved in this store; 0 if there is none. */
  long reserved() throws IOException;

  /**
   * How many bytes may be appended before the disk is full. Disk space that earlier changes still
   * need is not included. Takes no time; any thread.
   *
   * @return 0 or less if nothing should be appended until there is room again
   */
  long room() throws IOException;

  /**
   * Frees disk space if the engine can and finds it worthwhile, for example by turning a log into a
   * table. It is called again and again while there is little room. It may take as long as writing
   * a table. Called by the thread that appends.
   *
   * @param wanted how much {@link #room} is needed now
   * @throws IOException if the engine has failed; not if the disk is full
   */
  default void makeRoom(long wanted) throws IOException {}

  /**
   * How many bytes beyond {@link #room} the engine reserves for changes that were made before they
   * could be refused. Takes no time; any thread.
   */
  default long margin() throws IOException {
    return 0;
  }

  /** Loads the bucket of this name; empty if there is none. */
  Optional<Stored> load(String bucket) throws IOException;

  /** The head of the bucket of this name; {@link Head#NONE} if there is none. */
  Head head(String bucket) throws IOException;

  /**
   * Whether there may be a bucket of this name; if false, there is none. Never waits for the disk.
   *
   * @throws IOException if that is unknown
   */
  boolean mayHave(String bucket) throws IOException;

  /** The number of buckets. Takes no time. */
  long size();

  /**
   * Calls a consumer with some buckets and their heads. A caller that begins with 0, and continues
   * with the result of the previous call until that is 0, gets every bucket that exists all the
   * time exactly once.
   *
   * @param cursor 0 to begin, otherwise the result of the previous call; any other number begins
   *     somewhere
   * @param count about how many buckets to return, at least 1
   * @return where to continue; 0 if that was all; an unsigned number
   */
  long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException;

  /** The names of at most so many buckets with a deadline up to this moment, the earliest first. */
  List<String> due(long moment, int most) throws IOException;

  /** The earliest deadline of all buckets; 0 if there is none. */
  long nextDue() throws IOException;

  /**
   * The right by which this store is changed, if other nodes may have it, too; empty if nobody else
   * can ever change the store. Always the same.
   */
  default Optional<Lease> lease() {
    return Optional.empty();
  }

  /**
   * Creates a copy of the store in this directory, with all that was appended so far.
   *
   * @throws IOException if the directory exists, or cannot be created or written
   */
  void checkpoint(Path directory) throws IOException;

  /** Closes the store. Syncs all that was appended, if possible. */
  @Override
  void close() throws IOException;
}
