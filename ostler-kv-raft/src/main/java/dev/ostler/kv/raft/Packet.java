package dev.ostler.kv.raft;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One entry of the log: the commands that were proposed together. An entry without commands is a
 * marker, which only shows that its proposer still leads. Immutable; any thread may use it.
 *
 * <p>As bytes: the term (8), then each command with its length (4) before it.
 *
 * @param term the term in which the proposer led. If the entry is in the log with another term, the
 *     proposer had lost its leadership, and perhaps won it again, after it made up the commands.
 *     They must not be applied then
 */
record Packet(long term, List<ByteBuffer> commands) {
  /** What an entry takes besides its commands. */
  static final int HEADER = Long.BYTES;

  /** What a command takes besides its bytes. */
  static final int PER_COMMAND = Integer.BYTES;

  byte[] toBytes() {
    int size = HEADER;
    for (ByteBuffer command : commands) {
      size += PER_COMMAND + command.remaining();
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putLong(term);
    for (ByteBuffer command : commands) {
      bytes.putInt(command.remaining()).put(command.duplicate());
    }
    return bytes.array();
  }

  /** The packet with these bytes; its commands share them. */
  static Packet of(ByteBuffer bytes) {
    ByteBuffer rest = bytes.duplicate();
    long term = rest.getLong();
    var commands = new ArrayList<ByteBuffer>();
    while (rest.hasRemaining()) {
      int length = rest.getInt();
      commands.add(rest.slice(rest.position(), length).asReadOnlyBuffer());
      rest.position(rest.position() + length);
    }
    return new Packet(term, commands);
  }
}
