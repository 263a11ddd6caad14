package dev.ostler.kv.server.shell;

import java.util.List;

/** A reply of RESP2 or RESP3. Its texts are byte strings. Immutable; any thread may use it. */
sealed interface Reply {
  /** A simple string, as OK. */
  record Status(String text) implements Reply {}

  /** An error. */
  record Failure(String text) implements Reply {}

  /** An integer, of any size. */
  record Whole(String digits) implements Reply {}

  /** A floating-point number, with its digits as received. */
  record Real(String digits) implements Reply {}

  /** True or false. */
  record Bool(boolean value) implements Reply {}

  /** Nothing. */
  record Nil() implements Reply {}

  /** A bulk string. */
  record Bulk(String bytes) implements Reply {}

  /** Text for people, with its format. */
  record Verbatim(String format, String text) implements Reply {}

  /** An array. */
  record Many(List<Reply> elements) implements Reply {}

  /** A set. */
  record Unordered(List<Reply> elements) implements Reply {}

  /** A map. */
  record Mapping(List<Pair> pairs) implements Reply {}

  /** What the server says without being asked. */
  record Push(List<Reply> elements) implements Reply {}

  /** An entry of a map. */
  record Pair(Reply key, Reply value) {}
}
