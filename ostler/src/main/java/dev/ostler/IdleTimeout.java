package dev.ostler;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A server's idle timeout, and the message that the server gets when it has passed.
 *
 * <p>Used by the server's owner. The timer only queues the message, and the server's death disarms
 * the timeout.
 */
final class IdleTimeout extends Message {
  private final Proc server;
  private final long nanos;
  private final Object content;
  private boolean armed;
  private boolean over;
  private volatile @Nullable Future<?> scheduled; // read by the death of the server, too

  IdleTimeout(Proc server, long nanos, Object content) {
    this.server = server;
    this.nanos = nanos;
    this.content = content;
  }

  /** Starts the clock, once. */
  void arm() {
    if (armed || nanos == Long.MAX_VALUE) {
      return;
    }
    if (nanos == 0) {
      server.put(this);
    } else {
      scheduled = server.clock().after(nanos, () -> server.put(this));
      if (server.isClosed()) {
        disarm(); // its death may have looked before there was a timer
      }
    }
    armed = true;
  }

  void disarm() {
    Future<?> timer = scheduled;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** The same wait from its beginning, for after a system message. */
  IdleTimeout again() {
    disarm();
    return new IdleTimeout(server, nanos, content);
  }

  @Override
  void deliver(ServerProc owner) throws Exception {
    Aux aux = owner.aux();
    if (aux.idle == this) { // else it is over: a message came first
      aux.idle = null;
      over = true;
      owner.info(content);
    }
  }

  @Override
  boolean isUnheard(ServerProc owner) {
    return payload(owner) == null;
  }

  @Override
  @Nullable Object payload(Proc receiver) {
    Aux aux = receiver.peekAux();
    return over || (aux != null && aux.idle == this) ? content : null;
  }
}
