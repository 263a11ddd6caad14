package dev.ostler;

/**
 * A message to a server of type {@code P}, without a reply.
 *
 * <p>Users implement it by records, which must be immutable.
 *
 * @param <P> the server; it stops a message from reaching the wrong one at compile time
 */
@SuppressWarnings("unused")
public interface Cast<P> {}
