package dev.ostler.kv;

import dev.ostler.kv.bytes.Bytes;
import java.util.Objects;
import java.util.function.Function;

/**
 * How the keys or values of a bucket are made of bytes, see {@link Bucket#with}. Immutable; any
 * thread may use it.
 *
 * <p>Both functions run on the thread that calls the bucket, never in the bucket's process. If the
 * first one throws, the operation is not made. If the second one throws, the operation was made,
 * and only its result is lost. Both may be called by several threads at once.
 *
 * @param <T> what users of the bucket pass and get
 */
public final class Codec<T> {
  /** Text in UTF-8. Bytes that are not UTF-8 become U+FFFD. */
  public static final Codec<String> TEXT = new Codec<>(Bytes::of, Bytes::text, " bytes in UTF-8");

  /** Bytes as they are. They are copied: a later change of the array changes nothing. */
  public static final Codec<byte[]> BYTES = new Codec<>(Bytes::of, Bytes::array, " bytes");

  // From and to byte strings.
  private final Function<? super T, String> encode;
  private final Function<String, ? extends T> decode;

  private final String unit; // of lengths, in errors

  private Codec(
      Function<? super T, String> encode, Function<String, ? extends T> decode, String unit) {
    this.encode = encode;
    this.decode = decode;
    this.unit = unit;
  }

  /**
   * A codec of two functions.
   *
   * @param encode returns the bytes of a key or value; equal keys must have equal bytes
   * @param decode returns what has these bytes
   */
  public static <T> Codec<T> of(
      Function<? super T, byte[]> encode, Function<byte[], ? extends T> decode) {
    Objects.requireNonNull(encode, "encode");
    Objects.requireNonNull(decode, "decode");
    return new Codec<>(
        value -> Bytes.of(encode.apply(value)),
        bytes -> decode.apply(Bytes.array(bytes)),
        " bytes");
  }

  /** The byte string of a key or value. */
  String encode(T value) {
    return encode.apply(value);
  }

  /**
   * The byte string of a key or value.
   *
   * @param what it is, for the error
   * @param limit the most bytes that it may have
   * @throws KvException.TooLong if it has more
   */
  String encode(T value, String what, int limit) {
    String bytes = encode.apply(value);
    if (bytes.length() > limit) {
      throw new KvException.TooLong(what, limit, bytes.length() + unit);
    }
    return bytes;
  }

  /** The key or value of a byte string. */
  T decode(String bytes) {
    return decode.apply(bytes);
  }
}
