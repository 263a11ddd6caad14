package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * An element of a mailbox: a link of the queue and its content in one object.
 *
 * <p>The sender creates it. From {@link Mailbox#put} on, its links belong to the mailbox.
 */
abstract class Message {
  /** Before it is taken: the message sent before this one. Once taken: the one sent after it. */
  @Nullable Message next;

  /** Before it is taken: how many wait up to this one. Once taken: how many from this one on. */
  int depth;

  /** Hands the message to the server, as the server's owner. */
  abstract void deliver(ServerProc server) throws Exception;

  /** What its receiver sees of it, unless it is a call; null for nothing. */
  abstract @Nullable Object payload(Proc receiver);

  /** Whether a server's callback gets it. */
  boolean hasCallback() {
    return true;
  }

  /** Whether it ends the server's idle time: all messages do, except system messages. */
  boolean endsIdleTime() {
    return true;
  }

  /** Whether the server must not see it: it was flushed, dropped, or sent too late. */
  boolean isUnheard(ServerProc server) {
    return false;
  }

  /** Whether a suspended server keeps it for later. */
  boolean waitsFor(ServerProc suspended) {
    return true;
  }

  /** A message of {@link Pid#send}. */
  static class Plain extends Message {
    private @Nullable Object payload;

    /** The sender; null once it is known that the sender was alive when it sent this. */
    private @Nullable Proc sender;

    Plain(Object payload, @Nullable Proc sender) {
      this.payload = payload;
      this.sender = sender;
    }

    /**
     * Called by the sender once the message is queued. A sender that was killed meanwhile may have
     * sent it after its own death. Such a message stays unconfirmed, and is ignored.
     */
    final void confirm() {
      if (sender != null) {
        sender.mustLive();
        sender = null;
      }
    }

    /** Whether the sender may have been dead when it sent. Looks at the death, then again. */
    private boolean isPosthumous() {
      Proc from = sender;
      return from != null && from.isClosed() && sender != null;
    }

    @Override
    void deliver(ServerProc server) throws Exception {
      server.begins(this);
      Object content = payload(server);
      if (content != null) {
        server.info(content);
      }
    }

    @Override
    boolean isUnheard(ServerProc server) {
      return payload(server) == null;
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      return isPosthumous() ? null : payload;
    }

    /** Takes the content away: a full mailbox dropped it. The empty message does nothing. */
    final void drop() {
      payload = null;
    }

    final boolean isDropped() {
      return payload == null;
    }
  }

  /** A message of {@link ServerRef#cast}. */
  static class OfCast extends Plain {
    OfCast(Cast<?> cast, @Nullable Proc sender) {
      super(cast, sender);
    }

    @Override
    void deliver(ServerProc server) throws Exception {
      server.begins(this);
      Object content = payload(server);
      if (content != null) {
        server.cast((Cast<?>) content);
      }
    }
  }

  /** A cast, with what the current thread has it carry. */
  static OfCast cast(Cast<?> cast, @Nullable Proc sender) {
    Observation observation = Observation.current();
    ScopedValue.Carrier values = observation == null ? null : observation.values();
    return values == null ? new OfCast(cast, sender) : new CarryingCast(cast, sender, values);
  }

  /** A cast that carries what is bound for its sender: see {@link Carried}. */
  private static final class CarryingCast extends OfCast {
    private final ScopedValue.Carrier values;

    CarryingCast(Cast<?> cast, @Nullable Proc sender, ScopedValue.Carrier values) {
      super(cast, sender);
      this.values = values;
    }

    @Override
    void deliver(ServerProc server) throws Exception {
      values.<@Nullable Void, Exception>call(
          () -> {
            super.deliver(server);
            return null;
          });
    }
  }

  /**
   * Tells the owner that a priority message has come, which waits elsewhere: see {@link
   * PriorityMessages}.
   */
  static final class Nudge extends Message {
    @Override
    void deliver(ServerProc server) {
      server.nudgeTaken();
    }

    @Override
    boolean hasCallback() {
      return false;
    }

    @Override
    boolean isUnheard(ServerProc server) {
      return true;
    }

    @Override
    boolean waitsFor(ServerProc suspended) {
      return false;
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      return null;
    }
  }

  /**
   * An {@link Exit}, {@link Down} or {@link TaskReply}, which is never refused or dropped by a full
   * mailbox.
   */
  static class Signal extends Message {
    private final Object content;

    Signal(Object content) {
      this.content = content;
    }

    @Override
    void deliver(ServerProc server) throws Exception {
      if (content instanceof Exit exit && server.isParent(exit.pid())) {
        server.end(exit.reason());
      } else if (payload(server) != null) {
        MonitorRef.received(content, server);
        server.info(content);
      }
    }

    final Object content() {
      return content;
    }

    @Override
    boolean isUnheard(ServerProc server) {
      return waitsFor(server) && payload(server) == null;
    }

    @Override
    boolean waitsFor(ServerProc suspended) {
      return !(content instanceof Exit exit && suspended.isParent(exit.pid()));
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      boolean unheard =
          switch (content) {
            case Down down -> down.ref().isFlushed();
            case TaskReply reply -> reply.ref().isFlushed();
            case Exit exit -> exit.pid() instanceof Proc child && child.failedToStart(receiver);
            default -> false;
          };
      return unheard ? null : content;
    }
  }
}
