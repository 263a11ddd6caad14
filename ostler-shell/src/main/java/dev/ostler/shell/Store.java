package dev.ostler.shell;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;

/** The store of the shell. Any thread may use it. */
public final class Store {
  /** A store in memory, opened when it is used first. */
  @SuppressWarnings("ConstantField") // its name is what is typed
  public static final Kv kv = Kv.open(KvConfig.inMemory());

  private Store() {}
}
