package dev.ostler.observer;

import dev.ostler.observer.http.HttpListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A page in the browser that shows the processes of this program, and the same as JSON, on a port.
 * Any thread may open and close it.
 *
 * <p>{@code Observer.serve(8080)} offers it on the loopback address. Whoever can connect there can
 * read; what changes something needs the {@link #token}, and so does all reading from elsewhere. It
 * costs next to nothing while nobody looks.
 */
public final class Observer implements AutoCloseable {
  private final Site site;
  private final HttpListener http;

  private Observer(Site site, HttpListener http) {
    this.site = site;
    this.http = http;
  }

  /**
   * Offers the page on this port of the loopback address, with a random token.
   *
   * @param port 0 to 65,535; 0 for any free port
   * @throws UncheckedIOException if the port cannot be opened
   */
  public static Observer serve(int port) {
    return on(port).serve();
  }

  /**
   * An observer to be opened on this port.
   *
   * @param port 0 to 65,535; 0 for any free port
   */
  public static Spec on(int port) {
    return new Spec(port);
  }

  /** The description of an observer. An immutable value; each method returns a changed copy. */
  public static final class Spec {
    private static final String TOKEN = "[A-Za-z0-9._~+/=-]{16,512}";

    private final int port;
    private InetAddress address = InetAddress.getLoopbackAddress();
    String token = "";
    Set<String> hosts = Set.of();
    boolean actions = true;
    String name = "";
    List<Panel> panels = List.of();

    private Spec(int port) {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("a port is 0 to 65535, and not " + port);
      }
      this.port = port;
    }

    private Spec copy() {
      var copy = new Spec(port);
      copy.address = address;
      copy.token = token;
      copy.hosts = hosts;
      copy.actions = actions;
      copy.name = name;
      copy.panels = panels;
      return copy;
    }

    /**
     * Listens on this address instead of the loopback address. The token then crosses the network
     * as it is: have a proxy add TLS.
     */
    public Spec bind(InetAddress newAddress) {
      var copy = copy();
      copy.address = Objects.requireNonNull(newAddress, "newAddress");
      return copy;
    }

    /**
     * Sets the token; by default it is random.
     *
     * @param newToken 16 to 512 letters, digits, and {@code . _ ~ + / = -}
     */
    public Spec token(String newToken) {
      if (!newToken.matches(TOKEN)) {
        throw new IllegalArgumentException(
            "a token has 16 to 512 letters, digits, and . _ ~ + / = -, and not "
                + newToken.length()
                + " characters that are not all of those");
      }
      var copy = copy();
      copy.token = newToken;
      return copy;
    }

    /**
     * Sets the names by which clients may address it, besides {@code localhost} and addresses. A
     * request for another name is refused, because it may come from a web page.
     */
    public Spec hosts(String... names) {
      var copy = copy();
      copy.hosts = Set.of(names);
      return copy;
    }

    /** Sets whether processes can be suspended, traced, killed and so on; the default is true. */
    public Spec actions(boolean allowed) {
      var copy = copy();
      copy.actions = allowed;
      return copy;
    }

    /** Sets what the page calls the program; by default its main class. */
    public Spec name(String newName) {
      var copy = copy();
      copy.name = Objects.requireNonNull(newName, "newName");
      return copy;
    }

    /** Adds a table of the program's own. */
    public Spec panel(Panel panel) {
      var more = new ArrayList<Panel>(panels);
      more.add(Objects.requireNonNull(panel, "panel"));
      var copy = copy();
      copy.panels = List.copyOf(more);
      return copy;
    }

    /**
     * Opens the port.
     *
     * @throws UncheckedIOException if the port cannot be opened
     */
    public Observer serve() {
      Site site = site();
      try {
        var at = new InetSocketAddress(address, port);
        return new Observer(site, new HttpListener("ostler observer", at, site));
      } catch (IOException e) {
        site.close();
        throw new UncheckedIOException(
            "the observer cannot listen on " + address.getHostAddress() + ", port " + port, e);
      }
    }

    /** The page without a port, for a program that has an HTTP server of its own. */
    public Site site() {
      return new Site(token.isEmpty() ? token(random()) : this);
    }

    private static String random() {
      byte[] bytes = new byte[24];
      new SecureRandom().nextBytes(bytes);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** The port on which it listens. */
  public int port() {
    return address().getPort();
  }

  /** The token: a secret, since who has it can kill processes. */
  public String token() {
    return site.token();
  }

  /** Where the page is. */
  public URI uri() {
    InetAddress at = address().getAddress();
    String host = at.getHostAddress();
    return URI.create(
        "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/");
  }

  /** Gives the port back, and ends all that looks. */
  @Override
  public void close() {
    http.close();
    site.close();
  }

  @Override
  public String toString() {
    return "observer on " + uri();
  }
}
