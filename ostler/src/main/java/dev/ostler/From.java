package dev.ostler;

import java.util.Optional;

/**
 * The caller of a request, which waits for the reply.
 *
 * <p>Any thread may reply. Keep this object to reply later: {@code noReply(state)} leaves the
 * caller waiting. If the server dies first, the caller gets its reason.
 *
 * @param <R> the type of the answer, see {@link Call#from}
 */
public sealed interface From<R> permits Request {

  /**
   * Replies. Only the first reply counts. Later ones are dropped, and so is a reply to a caller
   * that does not wait any more.
   */
  void reply(R reply);

  /** The calling process; empty if the caller is a thread without a process. */
  Optional<Pid> pid();
}
