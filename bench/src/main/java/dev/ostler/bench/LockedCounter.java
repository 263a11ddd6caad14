package dev.ostler.bench;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The least that a counter can cost in the JDK: a lock around an int. The neighbour of direct
 * servers.
 */
final class LockedCounter {
  private final ReentrantLock lock = new ReentrantLock();
  private int count;

  int increment() {
    lock.lock();
    try {
      return ++count;
    } finally {
      lock.unlock();
    }
  }
}
