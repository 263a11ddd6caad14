package dev.ostler.observer.http;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The names by which an HTTP server may be addressed. Immutable; any thread may use it.
 *
 * <p>A web page can have its own name point to this machine's address, and then have the browser
 * ask the server as if it were the page's own server (DNS rebinding). The browser still sends the
 * page's name. So only these are answered: {@code localhost}, loopback addresses, the address that
 * the connection was made to, and names that were allowed.
 */
public final class Hosts {
  /** A host, in brackets if it is an IPv6 address, and perhaps a port. */
  private static final Pattern HOST =
      Pattern.compile("(?<host>\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(:[0-9]{0,5})?");

  /** Never looked up: a name without letters and a zone is an address. */
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private final Set<String> allowed;

  /** Allows these names, too. */
  public Hosts(Set<String> allowed) {
    this.allowed =
        allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }

  /**
   * Whether a request with this header {@code Host} is answered.
   *
   * @param local the address that the connection was made to
   */
  public boolean accept(String header, InetAddress local) {
    var matcher = HOST.matcher(header);
    if (!matcher.matches()) {
      return false;
    }
    String host = matcher.group("host").toLowerCase(Locale.ROOT);
    if (host.equals("localhost") || allowed.contains(host)) {
      return true;
    }
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (!ADDRESS.matcher(plain).matches()) {
      return false;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(plain);
      return address.isLoopbackAddress() || address.equals(local);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
