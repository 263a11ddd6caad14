package dev.ostler.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.AccessFlag;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.lang.model.SourceVersion;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Lets {@code ostler shell --attach} into this program: Java that the same user types on the same
 * machine then runs here, in a process of its own. Any thread may open and close it.
 *
 * <p>It is a Unix domain socket with the mode 600, and serves nobody but the user who owns it. It
 * costs nothing while nobody is attached. Each attachment is logged ({@code dev.ostler.shell}).
 */
public final class ShellSocket implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.shell");
  private static final int MOST_SHELLS = 8;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Path path;
  private final Map<String, Session.Given> given;
  private final ServerSocketChannel server;
  private final UserPrincipal owner;
  private final Set<AttachedSession> sessions = ConcurrentHashMap.newKeySet();

  private ShellSocket(Path path, Map<String, Session.Given> given) throws IOException {
    this.path = path;
    this.given = given;
    ShellSockets.makeRoom(path);
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException | RuntimeException | Error e) {
      ShellSockets.close(server);
      throw e;
    }
    try {
      path.toFile().deleteOnExit();
      Files.setPosixFilePermissions(path, ShellSockets.PRIVATE);
      this.owner = Files.getOwner(path);
      Thread.ofPlatform().daemon().name("ostler shell socket").start(this::accept);
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Opens the socket where {@code ostler shell --attach} looks for it: {@code
   * ~/.local/state/ostler/shells/PID}, or below {@code XDG_STATE_HOME}.
   *
   * @throws UncheckedIOException if it cannot be opened there, or is open already
   * @throws UnsupportedOperationException if this system does not tell who connects to a socket
   */
  public static ShellSocket open() {
    return new Spec(Map.of(), null).open();
  }

  /** A socket at another path, which the user then gives to {@code --attach}. */
  public static Spec at(Path path) {
    return new Spec(Map.of(), null).at(path);
  }

  /** As {@link Spec#giving}. */
  public static <T> Spec giving(String name, Class<? super T> type, T value) {
    return new Spec(Map.of(), null).giving(name, type, value);
  }

  /** The description of a socket. An immutable value; each method returns a changed copy. */
  public static final class Spec {
    private final Map<String, Session.Given> given;
    private final @Nullable Path path;

    private Spec(Map<String, Session.Given> given, @Nullable Path path) {
      this.given = given;
      this.path = path;
    }

    /**
     * Gives a value to what is typed, as a variable.
     *
     * @param name a name that Java allows for a variable
     * @param type the type of the variable, which must be public
     */
    public <T> Spec giving(String name, Class<? super T> type, T value) {
      Objects.requireNonNull(value, "value");
      if (!SourceVersion.isName(name) || name.contains(".")) {
        throw new IllegalArgumentException("expected the name of a variable, and found " + name);
      }
      if (type.getCanonicalName() == null || !isPublic(type)) {
        throw new IllegalArgumentException("expected a public type, and found " + type);
      }
      var more = new LinkedHashMap<>(given);
      more.put(name, new Session.Given(type, value));
      return new Spec(more, path);
    }

    private static boolean isPublic(Class<?> type) {
      for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
        if (!each.accessFlags().contains(AccessFlag.PUBLIC)) {
          return false;
        }
      }
      return true;
    }

    /**
     * Opens the socket at this path. A system allows about 100 bytes. Folders that are missing are
     * made, for this user only.
     */
    public Spec at(Path newPath) {
      return new Spec(given, newPath.toAbsolutePath());
    }

    /** As {@link ShellSocket#open()}. */
    public ShellSocket open() {
      Path where = path == null ? ShellSockets.usual(ProcessHandle.current().pid()) : path;
      try {
        return new ShellSocket(where, given);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "the shell socket " + where + " cannot be opened: " + e.getMessage(), e);
      }
    }
  }

  /** Where the socket is. */
  public Path path() {
    return path;
  }

  private void accept() {
    while (server.isOpen()) {
      @Nullable SocketChannel client = null;
      try {
        client = server.accept();
        begin(client);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException | Error e) {
        // There is no memory, or no free descriptor: perhaps for the next one.
        ShellSockets.close(client);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void begin(SocketChannel client) throws IOException {
    UnixDomainPrincipal peer = client.getOption(ExtendedSocketOptions.SO_PEERCRED);
    if (!peer.user().equals(owner) || sessions.size() >= MOST_SHELLS) {
      LOG.log(Level.WARNING, "a shell of {0} is refused", peer.user().getName());
      client.close();
      return;
    }
    var session = new AttachedSession(new Wire(client), given);
    sessions.add(session);
    try {
      Thread.ofPlatform()
          .daemon()
          .name("ostler attached shell")
          .start(
              () -> {
                try {
                  session.run();
                } finally {
                  sessions.remove(session);
                }
              });
    } catch (RuntimeException | Error e) {
      sessions.remove(session);
      throw e;
    }
    if (!server.isOpen()) {
      session.close();
    }
  }

  /** Takes the socket away, and ends the shells that are attached. */
  @Override
  public void close() {
    ShellSockets.close(server);
    path.toFile().delete();
    sessions.forEach(AttachedSession::close);
  }
}
