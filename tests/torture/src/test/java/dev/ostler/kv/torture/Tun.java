package dev.ostler.kv.torture;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A network device of Linux whose other end is this program: it reads the packets that the system
 * sends there, and writes those that the system receives. One thread reads, any thread writes.
 */
final class Tun {
  private static final String DEVICE = "/dev/net/tun";
  private static final int READ_WRITE = 2;
  private static final long SET_INTERFACE = 0x400454caL; // TUNSETIFF
  private static final int REQUEST_BYTES = 40; // struct ifreq: the name, then flags
  private static final int NAME_BYTES = 16;
  private static final short PACKETS_ONLY = 0x0001 | 0x1000; // IFF_TUN, IFF_NO_PI
  private static final int MOST_BYTES = 65_536;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CONTROL =
      function(
          "ioctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  private final int file;
  private final MemorySegment incoming = Arena.global().allocate(MOST_BYTES);

  /** Creates a device of this name, in the network namespace of this program. */
  Tun(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      file = (int) OPEN.invokeExact(arena.allocateFrom(DEVICE), READ_WRITE);
      MemorySegment request = arena.allocate(REQUEST_BYTES);
      request.setString(0, name);
      request.set(JAVA_SHORT, NAME_BYTES, PACKETS_ONLY);
      if (file < 0 || (int) CONTROL.invokeExact(file, SET_INTERFACE, request) < 0) {
        throw new IOException("cannot make a device " + name + " of " + DEVICE);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }

  private static MethodHandle function(
      String name, FunctionDescriptor shape, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), shape, options);
  }

  /** The next packet; waits for it. */
  byte[] read() throws IOException {
    long count;
    try {
      count = (long) READ.invokeExact(file, incoming, (long) MOST_BYTES);
    } catch (Throwable e) {
      throw new IOException(e);
    }
    if (count <= 0) {
      throw new IOException("the device is gone");
    }
    return incoming.asSlice(0, count).toArray(JAVA_BYTE);
  }

  /** Hands a packet to the system; one that it does not take is lost, as on any network. */
  void write(byte[] packet) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, packet);
      long _ = (long) WRITE.invokeExact(file, bytes, (long) packet.length);
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }
}
