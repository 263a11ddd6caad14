package dev.ostler.observer.http;

import java.util.Map;

/**
 * What clients of an HTTP server may use up. For the main thread, before a server is opened.
 *
 * <p>The JDK's HTTP server has these limits as system properties, for all its servers in a JVM. So
 * only a program that has no other HTTP server sets them. How long an answer may take is limited by
 * {@link HttpListener}: a stream of events takes as long as somebody reads it.
 */
public final class HttpLimits {
  /** How many connections there may be. Others are closed at once. */
  public static final int CONNECTIONS = 256;

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
          10); // seconds, to send a request

  private HttpLimits() {}

  /** Sets those that were not set otherwise. */
  public static void set() {
    LIMITS.forEach((name, most) -> System.getProperties().putIfAbsent(name, most.toString()));
  }
}
