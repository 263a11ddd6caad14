package dev.ostler.kv.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What a node keeps, and the commands of a {@link ReplicatedLog} change. Equal commands in equal
 * order must have equal results on every node: a command contains whatever depends on time, chance
 * or the machine.
 *
 * <p>One thread at a time calls it.
 */
public interface Replica {
  /**
   * The index of the last entry that was applied; 0 or less if there is none. After a crash it may
   * be an earlier one, but then the contents are those of that entry, too: the log applies the
   * others again.
   *
   * @throws IOException if it cannot be read
   */
  long applied() throws IOException;

  /**
   * Applies an entry. The commands and the index become durable together, or not at all; they need
   * not be synced. An entry is never applied twice: the log leaves out those up to {@link
   * #applied}.
   *
   * @param index greater than {@link #applied}
   * @param commands at least one; readable until the method returns
   * @throws IOException if it cannot be applied: the log fails, and applies nothing more
   */
  void apply(long index, List<ByteBuffer> commands) throws IOException;

  /**
   * Copies all contents, with {@link #applied}, into an empty directory. Entries wait meanwhile, so
   * it must be quick: hard links, not copies. The log syncs the files.
   */
  void snapshot(Path directory) throws IOException;

  /**
   * Replaces all contents by those of a directory that {@link #snapshot} has filled, here or on
   * another node. Then {@link #applied} is what it was there. If the process dies in the middle,
   * the contents must be the old or the new ones when it starts again. The directory must stay as
   * it is.
   */
  void install(Path directory) throws IOException;

  /**
   * Whether a snapshot may be taken now. If not, because a change is spread over several entries
   * and the last of them is yet to come, it is taken after a later entry.
   */
  default boolean isWhole() {
    return true;
  }
}
