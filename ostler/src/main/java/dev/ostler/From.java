package dev.ostler;

import java.util.Optional;

/**
 * Somebody who waits for the answer to a call.
 *
 * <p>Any thread may answer. Keep it to answer later: {@code noReply(state)} leaves the caller
 * waiting. If the server dies first, the caller gets its reason.
 *
 * @param <R> the type of the answer, see {@link Call#from}
 */
public sealed interface From<R> permits Request {

  /**
   * Gives the answer. The first one counts; later ones, and answers to who has stopped waiting, are
   * dropped.
   */
  void reply(R reply);

  /** The process that asked; none if a thread that is no process did. */
  Optional<Pid> pid();
}
