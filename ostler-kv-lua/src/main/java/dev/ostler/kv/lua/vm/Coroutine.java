package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/** A coroutine of a script. */
public final class Coroutine {
  /** What it does. */
  public enum Status {
    SUSPENDED,
    RUNNING,
    /** It has resumed another one. */
    NORMAL,
    DEAD
  }

  @Nullable LuaFunction body; // null once it was resumed for the first time
  @Nullable Frame frame; // where it was suspended
  @Nullable Coroutine resumer; // while it runs
  @Nullable Frame resumersFrame;
  int depth; // of its frames
  int javaDepth; // of Java at its resumption: it can yield only there
  Status status = Status.SUSPENDED;
  int mark; // see Marking

  Coroutine(LuaFunction body) {
    this.body = body;
  }

  public Status status() {
    return status;
  }
}
