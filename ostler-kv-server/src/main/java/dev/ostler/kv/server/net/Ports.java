package dev.ostler.kv.server.net;

import java.net.InetSocketAddress;

/** Checks and formats ports and addresses. Pure functions; any thread may use them. */
public final class Ports {
  private Ports() {}

  /**
   * Returns the port if it is valid.
   *
   * @throws IllegalArgumentException if it is not
   */
  public static int check(String what, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(what + " is 0 to 65535, and not " + port);
    }
    return port;
  }

  /**
   * Returns the number if it is at least 1.
   *
   * @throws IllegalArgumentException if it is not
   */
  public static int atLeastOne(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " is at least 1, and not " + number);
    }
    return number;
  }

  /** Address and port, as in {@code 127.0.0.1:4040}. */
  public static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
