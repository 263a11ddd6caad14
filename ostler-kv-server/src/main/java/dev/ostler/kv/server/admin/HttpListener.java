package dev.ostler.kv.server.admin;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.server.net.Ports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The JDK's HTTP server on an open port. Any thread may close it.
 *
 * <p>An error ends the thread of that server which accepts clients, and a full heap is one. Then
 * nobody would answer, although the store lives on. So that thread is in a group of its own, which
 * hears of its end, and opens the port again before the thread is gone.
 */
final class HttpListener implements AutoCloseable {
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("kv admin ", 1).factory());

  private final ThreadGroup group =
      new ThreadGroup("kv admin") {
        @Override
        public void uncaughtException(Thread thread, Throwable why) {
          FullHeap.log("the admin endpoint starts again", why);
          openAgain();
        }
      };

  private final HttpHandler handler;
  private final InetSocketAddress address; // with the actual port, if 0 was asked for

  // Under this object's lock.
  private HttpServer http;
  private boolean closed;

  /**
   * Opens the port.
   *
   * @param handler runs on a virtual thread for each request
   * @throws KvException.CannotListen if the port cannot be opened
   */
  HttpListener(InetSocketAddress asked, HttpHandler handler) {
    this.handler = handler;
    try {
      this.http = open(asked);
    } catch (IOException e) {
      threads.shutdownNow();
      throw new KvException.CannotListen("admin", Ports.text(asked), e);
    }
    this.address = http.getAddress();
  }

  InetSocketAddress address() {
    return address;
  }

  private HttpServer open(InetSocketAddress at) throws IOException {
    HttpServer opened = HttpServer.create(at, 0);
    try {
      opened.setExecutor(threads);
      opened.createContext("/", handler);
      startInGroup(opened);
      return opened;
    } catch (RuntimeException | Error e) {
      opened.stop(0);
      throw e;
    }
  }

  /** The thread that accepts gets the group of the one that starts it. */
  private void startInGroup(HttpServer opened) {
    Thread starter = Thread.ofPlatform().group(group).daemon().start(opened::start);
    boolean interrupted = false;
    while (starter.isAlive()) {
      try {
        starter.join();
      } catch (InterruptedException e) {
        interrupted = true; // it takes no time
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs on the thread that ends, which can wait for memory. */
  private void openAgain() {
    while (!tryToOpen()) {
      FullHeap.pause();
    }
  }

  private synchronized boolean tryToOpen() {
    if (closed) {
      return true;
    }
    try {
      http.stop(0);
      http = open(address);
      return true;
    } catch (IOException | RuntimeException | Error e) {
      FullHeap.log("the port of the admin endpoint cannot be opened again", e);
      return false;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    http.stop(0);
    threads.shutdownNow();
  }
}
