package dev.ostler.kv.server.admin;

import java.util.Map;

/**
 * What a client of the admin endpoint may use up. For the main thread, before a store is opened.
 *
 * <p>The JDK's HTTP server has these limits as system properties, for all its servers in a JVM. So
 * only a program of which the store is the whole sets them.
 */
public final class HttpLimits {
  /** How many connections there may be. Others are closed at once. */
  public static final int CONNECTIONS = 64;

  private static final Map<String, Integer> LIMITS =
      Map.of(
          "jdk.httpserver.maxConnections",
          CONNECTIONS,
          "sun.net.httpserver.maxIdleConnections",
          CONNECTIONS / 2,
          "sun.net.httpserver.maxReqHeaders",
          64,
          "sun.net.httpserver.maxReqHeaderSize",
          16 * 1024, // bytes, of all headers together
          "sun.net.httpserver.maxReqTime",
          10, // seconds, to send a request
          "sun.net.httpserver.maxRspTime",
          30); // seconds, to take the answer

  private HttpLimits() {}

  /** Sets those that were not set otherwise. */
  public static void set() {
    LIMITS.forEach((name, most) -> System.getProperties().putIfAbsent(name, most.toString()));
  }
}
