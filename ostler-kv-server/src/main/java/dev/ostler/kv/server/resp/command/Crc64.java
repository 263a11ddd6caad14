package dev.ostler.kv.server.resp.command;

/**
 * The checksum at the end of a dump: CRC-64 of Jones, reflected. A pure function; any thread may
 * use it.
 */
final class Crc64 {
  private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L; // with its bits in reverse order
  private static final long[] TABLE = table();

  private Crc64() {}

  private static long[] table() {
    var table = new long[256];
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
      }
      table[i] = crc;
    }
    return table;
  }

  /** The checksum of the first bytes of a byte string. */
  static long of(CharSequence bytes, int length) {
    long crc = 0;
    for (int i = 0; i < length; i++) {
      crc = TABLE[(int) (crc ^ bytes.charAt(i)) & 0xff] ^ (crc >>> 8);
    }
    return crc;
  }
}
