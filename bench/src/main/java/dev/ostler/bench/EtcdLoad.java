package dev.ostler.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor.MethodType;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioSocketChannel;

/**
 * Asks an etcd, by gRPC, as redis-benchmark asks a server of RESP: clients with a connection each,
 * and so many requests of each under way. Arguments: {@code put} or {@code get}, port, clients,
 * requests under way of each, requests that are measured, bytes of a value, number of keys. Prints requests a
 * second, and the 99th percentile in milliseconds.
 */
public final class EtcdLoad {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private final MethodDescriptor<byte[], byte[]> method;
  private final boolean puts;
  private final byte[] value;
  private final int keys;
  private final long[] nanos; // of each request
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final CountDownLatch all = new CountDownLatch(1);

  private EtcdLoad(boolean puts, int requests, int bytes, int keys) {
    this.puts = puts;
    this.method =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodType.UNARY)
            .setFullMethodName("etcdserverpb.KV/" + (puts ? "Put" : "Range"))
            .build();
    this.value = new byte[bytes];
    Arrays.fill(value, (byte) 'x');
    this.keys = keys;
    this.nanos = new long[requests];
  }

  /** Runs it. */
  public static void main(String[] arguments) throws InterruptedException {
    int port = Integer.parseInt(arguments[1]);
    int clients = Integer.parseInt(arguments[2]);
    int underWay = Integer.parseInt(arguments[3]);
    boolean puts = arguments[0].equals("put");
    int requests = Integer.parseInt(arguments[4]);
    int bytes = Integer.parseInt(arguments[5]);
    int keys = Integer.parseInt(arguments[6]);
    EventLoopGroup loop = new NioEventLoopGroup(1);
    List<ManagedChannel> channels = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .usePlaintext()
              .directExecutor()
              .eventLoopGroup(loop)
              .channelType(NioSocketChannel.class)
              .build());
    }
    new EtcdLoad(puts, requests / 2, bytes, keys).run(channels, underWay); // until it is compiled
    var load = new EtcdLoad(puts, requests, bytes, keys);
    double seconds = load.run(channels, underWay);
    Arrays.sort(load.nanos);
    System.out.printf(
        Locale.ROOT,
        "%.0f %.3f%n",
        load.nanos.length / seconds,
        load.nanos[(int) (load.nanos.length * 0.99)] / 1e6);
    channels.forEach(ManagedChannel::shutdownNow);
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  /** Sends all requests; returns how many seconds it took until all were answered. */
  private double run(List<ManagedChannel> channels, int underWay) throws InterruptedException {
    long start = System.nanoTime();
    for (int i = 0; i < underWay; i++) {
      for (ManagedChannel channel : channels) {
        next(channel);
      }
    }
    all.await();
    return (System.nanoTime() - start) / 1e9;
  }

  private void next(ManagedChannel channel) {
    int number = begun.getAndIncrement();
    if (number >= nanos.length) {
      return;
    }
    long start = System.nanoTime();
    ClientCalls.asyncUnaryCall(
        channel.newCall(method, CallOptions.DEFAULT),
        request(),
        new StreamObserver<>() {
          @Override
          public void onNext(byte[] reply) {}

          @Override
          public void onError(Throwable e) {
            e.printStackTrace();
            System.exit(1);
          }

          @Override
          public void onCompleted() {
            nanos[number] = System.nanoTime() - start;
            if (ended.incrementAndGet() == nanos.length) {
              all.countDown();
            } else {
              next(channel);
            }
          }
        });
  }

  /** A message of protocol buffers: field 1 is the key, field 2 the value. */
  private byte[] request() {
    byte[] key =
        "text:%012d".formatted(ThreadLocalRandom.current().nextInt(keys)).getBytes(UTF_8);
    var message = new ByteArrayOutputStream();
    field(message, 1, key);
    if (puts) {
      field(message, 2, value);
    }
    return message.toByteArray();
  }

  private static void field(ByteArrayOutputStream message, int number, byte[] bytes) {
    message.write(number << 3 | 2);
    for (int left = bytes.length; ; left >>>= 7) {
      if (left < 0x80) {
        message.write(left);
        break;
      }
      message.write(left & 0x7f | 0x80);
    }
    message.writeBytes(bytes);
  }
}
