package dev.ostler.shell;

import java.util.List;
import java.util.Optional;

/**
 * Why a piece of code was refused, or failed. Immutable.
 *
 * @param text the error, in one or a few lines
 * @param places where: the innermost first; none if it is not known
 */
record Failure(String text, List<Place> places) {
  /**
   * A line of something that was typed.
   *
   * @param snippet the snippet's id
   * @param method the method of that snippet, if it is one
   * @param line the line in the snippet's source, from 1
   */
  record Place(String snippet, Optional<String> method, int line) {}
}
