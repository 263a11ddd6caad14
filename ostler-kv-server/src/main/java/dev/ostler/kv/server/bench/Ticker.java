package dev.ostler.kv.server.bench;

import java.util.concurrent.locks.LockSupport;

/** The time, and waiting for it. Any thread may use it. */
interface Ticker {
  /** The clock of the JVM. */
  Ticker SYSTEM =
      new Ticker() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void awaitNanoTime(long time) {
          for (long left = time - nanoTime(); left > 0; left = time - nanoTime()) {
            LockSupport.parkNanos(left);
          }
        }
      };

  long nanoTime();

  /** Returns once it is that time. */
  void awaitNanoTime(long time);
}
