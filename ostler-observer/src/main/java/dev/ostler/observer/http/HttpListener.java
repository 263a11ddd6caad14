package dev.ostler.observer.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The JDK's HTTP server on an open port. Any thread may close it.
 *
 * <p>An error ends the thread of that server which accepts clients, and a full heap is one. Then
 * nobody would answer, although the program lives on. So that thread is in a group of its own,
 * which hears of its end, and opens the port again before the thread is gone.
 */
public final class HttpListener implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.observer");
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final String name;
  private final ExecutorService threads;
  private final ThreadGroup group;
  private final HttpHandler handler;
  private final InetSocketAddress address; // with the actual port, if 0 was asked for

  // Under this object's lock.
  private HttpServer http;
  private boolean closed;

  /**
   * Opens the port.
   *
   * @param name of its threads, and in logs
   * @param handler runs on a virtual thread for each request; see {@link AnswerTime}
   * @throws IOException if the port cannot be opened
   */
  public HttpListener(String name, InetSocketAddress asked, HttpHandler handler)
      throws IOException {
    this(name, asked, handler, AnswerTime.USUAL);
  }

  /** For tests: one with another patience. */
  HttpListener(String name, InetSocketAddress asked, HttpHandler handler, Duration answerTime)
      throws IOException {
    this.name = name;
    this.handler = AnswerTime.limited(handler, answerTime);
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + " ", 1).factory());
    this.group =
        new ThreadGroup(name) {
          @Override
          public void uncaughtException(Thread thread, Throwable why) {
            log("starts again", why);
            openAgain();
          }
        };
    try {
      this.http = open(asked);
    } catch (IOException | RuntimeException | Error e) {
      threads.shutdownNow();
      throw e;
    }
    this.address = http.getAddress();
  }

  /** Where it listens. */
  public InetSocketAddress address() {
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
    for (boolean first = true; !tryToOpen(first); first = false) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private synchronized boolean tryToOpen(boolean first) {
    if (closed) {
      return true;
    }
    try {
      http.stop(0);
      http = open(address);
      return true;
    } catch (IOException | RuntimeException | Error e) {
      if (first) {
        log("cannot open its port again, and goes on trying", e);
      }
      return false;
    }
  }

  /** If that is possible: mostly, there is no memory. */
  private void log(String what, Throwable why) {
    try {
      LOG.log(Level.WARNING, "the HTTP server of " + name + " " + what, why);
    } catch (RuntimeException | Error e) {
      // Then it is not logged.
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    http.stop(0);
    threads.shutdownNow();
  }
}
