package dev.ostler.kv.server.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * The socket on which systemd waits for the news that a service is ready, as sd_notify(3) describes
 * it. It takes datagrams, which the JDK cannot send on a Unix socket. So this calls the system
 * itself: the program systemd-notify could be missing in a container, and would need a further
 * process for each message.
 *
 * <p>Only for Linux, which alone has systemd. Any thread may use it.
 */
@SuppressWarnings("restricted") // its module is allowed to by the scripts that start it
final class NotifySocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;

  /** Where the path begins in a {@code sockaddr_un}, and how many bytes it may have. */
  private static final int PATH = 2;

  private static final int PATH_BYTES = 108;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();

  private static final MethodHandle SOCKET =
      function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SENDTO =
      function(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final byte[] path;

  /**
   * The socket at a path.
   *
   * @param path as systemd puts it into NOTIFY_SOCKET: absolute, or {@code @} and an abstract name
   */
  NotifySocket(String path) {
    this.path = path.getBytes(StandardCharsets.UTF_8);
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, ERRNO);
  }

  /**
   * Sends a message, such as {@code READY=1}.
   *
   * @throws IOException if nobody got it
   */
  void tell(String state) throws IOException {
    if (path.length == 0 || path.length >= PATH_BYTES) {
      throw new IOException(
          "the path of a socket has 1 to " + (PATH_BYTES - 1) + " bytes, not " + path.length);
    }
    try (var arena = Arena.ofConfined()) {
      MemorySegment error = arena.allocate(CALL_STATE);
      int socket = (int) SOCKET.invokeExact(error, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (socket < 0) {
        throw failed("socket", error);
      }
      try {
        MemorySegment message = arena.allocateFrom(JAVA_BYTE, bytes(state));
        MemorySegment address = address(arena);
        long length = message.byteSize();
        long sent =
            (long) SENDTO.invokeExact(error, socket, message, length, 0, address, length(address));
        if (sent != length) {
          throw failed("sendto", error);
        }
      } finally {
        int _ = (int) CLOSE.invokeExact(error, socket);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // a method handle declares it; a function of C throws nothing
      throw new AssertionError(e);
    }
  }

  /** A {@code sockaddr_un}. The name of an abstract socket begins with a zero byte. */
  private MemorySegment address(Arena arena) {
    MemorySegment address = arena.allocate(PATH + path.length, Short.BYTES);
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH, path.length);
    if (path[0] == '@') {
      address.set(JAVA_BYTE, PATH, (byte) 0);
    }
    return address;
  }

  private static int length(MemorySegment address) {
    return (int) address.byteSize();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static IOException failed(String function, MemorySegment error) {
    return new IOException(function + " failed, errno " + error.get(JAVA_INT, 0));
  }
}
