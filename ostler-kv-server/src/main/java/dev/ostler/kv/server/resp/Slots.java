package dev.ostler.kv.server.resp;

/** Redis's slots: each key belongs to one of 16,384. Pure functions; any thread may use them. */
public final class Slots {
  private static final int POLYNOMIAL = 0x1021;
  private static final int[] TABLE = table();

  private Slots() {}

  private static int[] table() {
    var table = new int[1 << Byte.SIZE];
    for (int i = 0; i < table.length; i++) {
      int rest = i << Byte.SIZE;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        rest = (rest & 0x8000) == 0 ? rest << 1 : rest << 1 ^ POLYNOMIAL;
      }
      table[i] = rest & 0xFFFF;
    }
    return table;
  }

  /**
   * The slot of a key: the CRC-16 of XMODEM, of what is between the first <code>{</code> and the
   * next <code>}</code> if that is not empty, otherwise of the whole key.
   *
   * @param key a byte string
   */
  public static int of(String key) {
    int from = 0;
    int to = key.length();
    int open = key.indexOf('{');
    int close = key.indexOf('}', open + 1);
    if (open >= 0 && close > open + 1) {
      from = open + 1;
      to = close;
    }
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum = (sum << Byte.SIZE ^ TABLE[(sum >>> Byte.SIZE ^ key.charAt(i)) & 0xFF]) & 0xFFFF;
    }
    return sum % NodeRole.SLOTS;
  }
}
