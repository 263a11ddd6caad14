package dev.ostler.shell;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The files by which programs can be attached to. Pure functions of the file system; any thread.
 */
final class ShellSockets {
  /** The only mode of a socket that is used. */
  static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

  private ShellSockets() {}

  private static Path folder() {
    return StateFolder.of().resolve("shells");
  }

  /** Where the program of this number has its socket, unless it says otherwise. */
  static Path usual(long pid) {
    return folder().resolve(Long.toString(pid));
  }

  // --- For the program

  /**
   * Makes the folder of a socket, and removes a socket there that nobody serves any more.
   *
   * @throws IOException if that is impossible, or somebody serves it
   */
  static void makeRoom(Path socket) throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      if (!client.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
        throw new UnsupportedOperationException(
            "this system does not tell who connects to a socket, so that anybody could");
      }
    }
    @Nullable Path folder = socket.toAbsolutePath().getParent();
    if (folder != null && !Files.exists(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (isSocket(socket)) {
      if (isServed(socket)) {
        throw new IOException("it is open already");
      }
      Files.delete(socket);
    }
  }

  /** Whether it is neither a file with contents, nor a folder. */
  private static boolean isSocket(Path path) throws IOException {
    return Files.exists(path)
        && Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isOther();
  }

  private static boolean isServed(Path socket) {
    try {
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static void close(@Nullable Closeable opened) {
    try {
      if (opened != null) {
        opened.close();
      }
    } catch (IOException e) {
      // It is of no use any more, either way.
    }
  }

  // --- For who wants to be attached

  /**
   * The socket that is meant.
   *
   * @param meant the number of a program, or a path; empty if there is only one program
   * @throws IOException if there is none, or more than one
   */
  static Path find(String meant) throws IOException {
    if (meant.isEmpty()) {
      return only();
    }
    if (meant.chars().allMatch(c -> '0' <= c && c <= '9')) {
      Path usual = folder().resolve(meant);
      if (!Files.exists(usual)) {
        throw new IOException(
            "the program " + meant + " has not called ShellSocket.open(): there is no " + usual);
      }
      return usual;
    }
    return Path.of(meant);
  }

  private static Path only() throws IOException {
    List<Path> all = living();
    return switch (all.size()) {
      case 1 -> all.getFirst();
      case 0 ->
          throw new IOException(
              "no program of this user has called ShellSocket.open(): see " + folder());
      default ->
          throw new IOException(
              "--attach needs a PID, for there are several programs: "
                  + String.join(", ", all.stream().map(each -> name(each)).toList()));
    };
  }

  /** The sockets of programs that live; those of others, which were killed, are removed. */
  private static List<Path> living() throws IOException {
    var living = new ArrayList<Path>();
    if (Files.isDirectory(folder())) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(), "[0-9]*")) {
        for (Path each : files) {
          if (ProcessHandle.of(Long.parseLong(name(each))).isPresent()) {
            living.add(each);
          } else {
            Files.deleteIfExists(each);
          }
        }
      }
    }
    return living.stream().sorted().toList();
  }

  private static String name(Path socket) {
    return String.valueOf(socket.getFileName());
  }

  /**
   * Connects to a program.
   *
   * @throws IOException if nobody is there, or others than this user may use the socket: what is
   *     typed might then be read by somebody else
   */
  static SocketChannel connect(Path socket) throws IOException {
    if (!Files.exists(socket)) {
      throw new IOException("there is no socket " + socket);
    }
    if (!Files.getPosixFilePermissions(socket).equals(PRIVATE)) {
      throw new IOException(
          "others may use "
              + socket
              + ": expected the mode rw-------, and found "
              + PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new IOException(socket + " is not served: " + e.getMessage(), e);
    }
  }
}
