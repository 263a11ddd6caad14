package dev.ostler.kv.server.bench;

/** A clock that only moves when somebody waits for it, or moves it. Used by one thread. */
final class ManualTicker implements Ticker {
  private long now;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void awaitNanoTime(long time) {
    now = Math.max(now, time);
  }

  void advance(long nanos) {
    now += nanos;
  }
}
