package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3 of 64 bits without a seed, the digest of Redis's DIGEST. Pure functions; any thread may use
 * them.
 *
 * <p>The names are those of its specification, by Yann Collet. A long value is read in blocks,
 * because a string gives its bytes only as a copy.
 */
final class Xxh3 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final long PRIME32_1 = 0x9E3779B1L;
  private static final long PRIME32_2 = 0x85EBCA77L;
  private static final long PRIME32_3 = 0xC2B2AE3DL;
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

  private static final int SHORT = 240;
  private static final int STRIPE = 64;
  private static final int BLOCK = 1024;
  private static final int STRIPES = BLOCK / STRIPE;

  private Xxh3() {}

  /** The hash of a value in the form in which buckets {@linkplain Stored store} it. */
  static long of(Object stored) {
    int length = Stored.length(stored);
    return length > SHORT ? ofLong(stored, length) : ofShort(Bytes.array(Stored.text(stored)));
  }

  // --- Up to 240 bytes

  private static long ofShort(byte[] in) {
    int length = in.length;
    if (length == 0) {
      return avalanche64(secret(56) ^ secret(64));
    } else if (length < 4) {
      long combined =
          (in[0] & 0xffL) << 16
              | (in[length >> 1] & 0xffL) << 24
              | (in[length - 1] & 0xffL)
              | (long) length << 8;
      return avalanche64(combined ^ (unsigned(SECRET, 0) ^ unsigned(SECRET, 4)));
    } else if (length <= 8) {
      long both = unsigned(in, length - 4) + (unsigned(in, 0) << 32);
      return rrmxmx(both ^ secret(8) ^ secret(16), length);
    } else if (length <= 16) {
      long low = longAt(in, 0) ^ secret(24) ^ secret(32);
      long high = longAt(in, length - 8) ^ secret(40) ^ secret(48);
      return avalanche(length + Long.reverseBytes(low) + high + folded(low, high));
    }
    return length <= 128 ? upTo128(in) : upTo240(in);
  }

  private static long upTo128(byte[] in) {
    int length = in.length;
    long sum = length * PRIME64_1;
    for (int i = (length - 1) / 32; i >= 0; i--) {
      sum += mixed(in, 16 * i, 32 * i) + mixed(in, length - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(sum);
  }

  private static long upTo240(byte[] in) {
    int length = in.length;
    long sum = length * PRIME64_1;
    for (int i = 0; i < 8; i++) {
      sum += mixed(in, 16 * i, 16 * i);
    }
    sum = avalanche(sum);
    for (int i = 8; i < length / 16; i++) {
      sum += mixed(in, 16 * i, 16 * (i - 8) + 3);
    }
    return avalanche(sum + mixed(in, length - 16, 136 - 17));
  }

  private static long mixed(byte[] in, int at, int secretAt) {
    return folded(longAt(in, at) ^ secret(secretAt), longAt(in, at + 8) ^ secret(secretAt + 8));
  }

  // --- More

  private static long ofLong(Object stored, int length) {
    long[] sums = {
      PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1
    };
    byte[] room = new byte[BLOCK];
    int blocks = (length - 1) / BLOCK;
    for (int i = 0; i < blocks; i++) {
      byte[] in = Bits.block(stored, i * BLOCK, room);
      accumulate(sums, in, STRIPES);
      scramble(sums);
    }
    byte[] rest = Bits.block(stored, blocks * BLOCK, room);
    accumulate(sums, rest, (length - 1 - blocks * BLOCK) / STRIPE);
    byte[] last = Bits.block(stored, length - STRIPE, new byte[STRIPE]);
    accumulate(sums, last, 0, SECRET.length - STRIPE - 7);
    long hash = length * PRIME64_1;
    for (int i = 0; i < 4; i++) {
      hash += folded(sums[2 * i] ^ secret(11 + 16 * i), sums[2 * i + 1] ^ secret(11 + 16 * i + 8));
    }
    return avalanche(hash);
  }

  private static void accumulate(long[] sums, byte[] in, int stripes) {
    for (int i = 0; i < stripes; i++) {
      accumulate(sums, in, i * STRIPE, i * 8);
    }
  }

  private static void accumulate(long[] sums, byte[] in, int at, int secretAt) {
    for (int i = 0; i < 8; i++) {
      long value = longAt(in, at + 8 * i);
      long key = value ^ secret(secretAt + 8 * i);
      sums[i ^ 1] += value;
      sums[i] += (key & 0xffffffffL) * (key >>> 32);
    }
  }

  private static void scramble(long[] sums) {
    for (int i = 0; i < 8; i++) {
      long sum = sums[i] ^ sums[i] >>> 47 ^ secret(SECRET.length - STRIPE + 8 * i);
      sums[i] = sum * PRIME32_1;
    }
  }

  // --- Parts

  private static long secret(int at) {
    return longAt(SECRET, at);
  }

  private static long longAt(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  private static long unsigned(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at) & 0xffffffffL;
  }

  private static long folded(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }

  private static long avalanche(long hash) {
    long mixed = (hash ^ hash >>> 37) * PRIME_MX1;
    return mixed ^ mixed >>> 32;
  }

  private static long avalanche64(long hash) {
    long mixed = (hash ^ hash >>> 33) * PRIME64_2;
    mixed = (mixed ^ mixed >>> 29) * PRIME64_3;
    return mixed ^ mixed >>> 32;
  }

  private static long rrmxmx(long hash, int length) {
    long mixed = hash ^ Long.rotateLeft(hash, 49) ^ Long.rotateLeft(hash, 24);
    mixed *= PRIME_MX2;
    mixed ^= (mixed >>> 35) + length;
    mixed *= PRIME_MX2;
    return mixed ^ mixed >>> 28;
  }
}
