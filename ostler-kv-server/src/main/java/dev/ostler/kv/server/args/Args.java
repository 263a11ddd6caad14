package dev.ostler.kv.server.args;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Dict;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.bytes.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one RESP command, its name first, as {@linkplain Bytes byte strings}.
 *
 * <p>A view of the parser's buffer: it is valid until the next command is parsed. To use the
 * arguments later, {@linkplain #copy copy} them. Used by one thread at a time.
 */
public final class Args implements Words {
  private static final int KEPT = 64;
  private static final byte[] NONE = new byte[0];

  /** In each byte, the bit that is set in lower-case letters and not in upper-case ones. */
  private static final long LOWER = 0x2020202020202020L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] buffer = NONE;
  private int base; // where in the buffer the offsets start
  private int[] offsets = new int[8];
  private int[] lengths = new int[8];
  private @Nullable String[] words = new String[8];
  private int count;
  private boolean followed;

  /** Arguments with these values. */
  public static Args of(String... words) {
    var args = new Args();
    args.words = words.clone();
    args.count = words.length;
    args.lengths = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      args.lengths[i] = words[i].length();
    }
    return args;
  }

  /** A copy that does not share the parser's buffer. */
  public Args copy() {
    var words = new String[count];
    for (int i = 0; i < count; i++) {
      words[i] = get(i);
    }
    return of(words);
  }

  // --- For the parser

  public void clear() {
    if (words.length > KEPT) {
      offsets = new int[8];
      lengths = new int[8];
      words = new String[8];
    } else {
      Arrays.fill(words, 0, count, null);
    }
    count = 0;
    buffer = NONE;
  }

  /** Adds an argument of this length at this offset. */
  public void add(int offset, int length) {
    if (count == words.length) {
      int more = count * 2;
      offsets = Arrays.copyOf(offsets, more);
      lengths = Arrays.copyOf(lengths, more);
      words = Arrays.copyOf(words, more);
    }
    offsets[count] = offset;
    lengths[count] = length;
    count++;
  }

  /** Adds an argument that is not in the buffer. */
  public void add(String word) {
    add(0, word.length());
    words[count - 1] = word;
  }

  /**
   * Sets the buffer of the arguments.
   *
   * @param more whether the buffer has more input behind this command
   */
  public void in(byte[] newBuffer, int newBase, boolean more) {
    buffer = newBuffer;
    base = newBase;
    followed = more;
  }

  // --- For commands

  /** The number of arguments, including the name. */
  public int count() {
    return count;
  }

  /** Whether the client has already sent more after this command. */
  public boolean isFollowed() {
    return followed;
  }

  /** The length of an argument, in bytes. */
  public int length(int index) {
    return lengths[index];
  }

  @Override
  public String get(int index) {
    String word = words[index];
    if (word == null) {
      word = Bytes.of(buffer, base + offsets[index], lengths[index]);
      words[index] = word;
    }
    return word;
  }

  @Override
  public Object stored(int index) {
    return Stored.isShort(lengths[index]) ? array(index) : get(index);
  }

  @Override
  public byte[] array(int index) {
    String word = words[index];
    if (word != null) {
      return Bytes.array(word);
    }
    int from = base + offsets[index];
    return Arrays.copyOfRange(buffer, from, from + lengths[index]);
  }

  @Override
  public boolean is(int index, byte[] bytes) {
    if (bytes.length != lengths[index]) {
      return false;
    }
    String word = words[index];
    if (word != null) {
      return word.equals(Bytes.of(bytes));
    }
    int from = base + offsets[index];
    return Arrays.equals(buffer, from, from + bytes.length, bytes, 0, bytes.length);
  }

  /**
   * The argument's letters packed into a number, ignoring case, with the first letter in the lowest
   * byte. 0 if the argument is longer than eight bytes, or the buffer does not have eight bytes
   * from its start on.
   */
  public long letters(int index) {
    int at = base + offsets[index];
    int length = lengths[index];
    if (words[index] != null
        || length > Long.BYTES
        || length == 0
        || at + Long.BYTES > buffer.length) {
      return 0;
    }
    return ((long) LONGS.get(buffer, at) | LOWER) & (-1L >>> (Long.SIZE - length * Byte.SIZE));
  }

  @Override
  public <V> @Nullable V in(Dict<V> table, int index) {
    String word = words[index];
    return word != null
        ? table.get(word)
        : table.get(buffer, base + offsets[index], lengths[index]);
  }

  @Override
  public <V> @Nullable V replaceIn(Dict<V> table, int index, V value) {
    String word = words[index];
    if (word != null) {
      byte[] bytes = Bytes.array(word);
      return table.replace(bytes, 0, bytes.length, value);
    }
    return table.replace(buffer, base + offsets[index], lengths[index], value);
  }

  /** The arguments from this index on. */
  public List<String> from(int index) {
    var rest = new String[Math.max(0, count - index)];
    for (int i = index; i < count; i++) {
      rest[i - index] = get(i);
    }
    return List.of(rest);
  }

  /** Whether the argument equals this word, ignoring case; false if there is no such argument. */
  public boolean is(int index, String word) {
    return index < count && lengths[index] == word.length() && get(index).equalsIgnoreCase(word);
  }

  /**
   * The argument as an integer.
   *
   * @throws CommandError if it is not an integer, with Redis's text
   */
  public long integer(int index) {
    return integer(index, CommandError.NOT_INTEGER);
  }

  /** Like {@link #integer(int)}, with this error text. */
  public long integer(int index, String otherwise) {
    Long value = Bytes.number(get(index));
    if (value == null) {
      throw new CommandError(otherwise);
    }
    return value;
  }
}
