package dev.ostler.kv;

/** What CONFIG SET can change while the store runs. Any thread. */
final class Settings {
  private volatile int maxClients = 10_000;
  private volatile long maxMemory; // 0 for no ceiling

  int maxClients() {
    return maxClients;
  }

  void maxClients(int most) {
    maxClients = most;
  }

  long maxMemory() {
    return maxMemory;
  }

  void maxMemory(long bytes) {
    maxMemory = bytes;
  }
}
