package dev.ostler.observer;

import dev.ostler.observer.http.Hosts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask what. Immutable; any thread may use it.
 *
 * <p>The page itself holds nothing, and is for everybody. To read needs the token unless the client
 * is on this machine; to change something always needs it. A request for a foreign host, or from a
 * page of a foreign origin, is refused: see {@link Hosts}.
 */
final class Guard {
  /** The name of the cookie that holds the token. */
  static final String COOKIE = "ostler-token";

  private final byte[] token;
  private final Hosts hosts;
  private final boolean actions;

  Guard(String token, Set<String> hosts, boolean actions) {
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.hosts = new Hosts(hosts);
    this.actions = actions;
  }

  boolean actions() {
    return actions;
  }

  /** Refuses a request for another host. */
  void checkHost(Question question) {
    List<String> names = question.exchange().getRequestHeaders().getOrDefault("Host", List.of());
    var local = question.exchange().getLocalAddress().getAddress();
    if (names.size() > 1 || !names.stream().allMatch(name -> hosts.accept(name, local))) {
      throw new Refusal(421, "this server does not answer under that name: see hosts");
    }
  }

  /** Refuses a request of a page that this server did not send. */
  void checkOrigin(Question question) {
    Optional<String> origin = question.header("Origin");
    if (origin.isPresent() && !isOwn(origin.get(), question.header("Host").orElse(""))) {
      throw new Refusal(403, "expected a request of this server's own page, not of another's");
    }
    if (question.header("Sec-Fetch-Site").filter("cross-site"::equals).isPresent()) {
      throw new Refusal(403, "expected a request of this server's own page, not of another's");
    }
  }

  private static boolean isOwn(String origin, String host) {
    try {
      String from = URI.create(origin).getRawAuthority();
      return from != null && from.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Refuses to read without a token from elsewhere. */
  void checkReader(Question question) {
    if (!question.isFromLoopback() && !isAuthorized(question)) {
      throw new Refusal(401, "expected the token, in the header Authorization or the cookie");
    }
  }

  /** Refuses to change something without a token, or at all. */
  void checkActor(Question question) {
    if (!actions) {
      throw new Refusal(403, "actions are switched off");
    }
    if (!isAuthorized(question)) {
      throw new Refusal(401, "expected the token, in the header Authorization or the cookie");
    }
  }

  /** Whether the request has the token. */
  boolean isAuthorized(Question question) {
    Optional<String> header = question.header("Authorization");
    if (header.isPresent()) {
      String given = header.get();
      return given.regionMatches(true, 0, "Bearer ", 0, 7) && isToken(given.substring(7).trim());
    }
    return question.exchange().getRequestHeaders().getOrDefault("Cookie", List.of()).stream()
        .flatMap(line -> List.of(line.split(";", -1)).stream())
        .map(String::trim)
        .filter(cookie -> cookie.startsWith(COOKIE + "="))
        .anyMatch(cookie -> isToken(cookie.substring(COOKIE.length() + 1)));
  }

  /** Takes the same time for all texts of one length. */
  boolean isToken(String given) {
    return MessageDigest.isEqual(token, given.getBytes(StandardCharsets.UTF_8));
  }
}
