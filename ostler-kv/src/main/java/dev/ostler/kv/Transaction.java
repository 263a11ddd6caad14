package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;

/** The commands a client has queued since MULTI. Belongs to the client's process. */
final class Transaction {
  /** A command to be done at EXEC. */
  record Queued(CommandSpec spec, Args args) {}

  private List<Queued> queue = List.of();
  private boolean open;
  private boolean broken;

  boolean isOpen() {
    return open;
  }

  /** Whether a command was refused since MULTI: then EXEC does nothing. */
  boolean isBroken() {
    return broken;
  }

  void open() {
    open = true;
    queue = new ArrayList<>();
  }

  void close() {
    open = false;
    broken = false;
    queue = List.of();
  }

  List<Queued> queued() {
    return queue;
  }

  void queue(CommandSpec spec, Args args) {
    queue.add(new Queued(spec, args));
  }

  void refused(CommandError why) {
    broken |= open && !why.text().startsWith("ERR MULTI");
  }

  /** Whether the command is done at once between MULTI and EXEC. */
  static boolean ends(CommandSpec spec) {
    return switch (spec.name()) {
      case "exec", "discard", "multi", "watch", "quit", "reset" -> true;
      default -> false;
    };
  }
}
