package dev.ostler.kv.server;

import java.util.List;

/** How tests start a server in a JVM of its own: as {@code ./kv} does, but on the class path. */
public final class ServerJvm {
  /**
   * The options of that JVM. The server's processes run on the library's own scheduler. It lives
   * for seconds, which is too short for the optimizing compiler to pay.
   */
  public static final List<String> OPTIONS =
      List.of(
          "-XX:+UseCompactObjectHeaders",
          "-XX:TieredStopAtLevel=1",
          "--enable-native-access=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED");

  private ServerJvm() {}
}
